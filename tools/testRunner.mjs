import asyncHooks from 'node:async_hooks';
import circus from 'jest-circus/runner';

/** From Node 24 on the context of a promise costs nothing. Earlier ones call a function for each promise and each storage. */
const followsPromises = Number(process.versions.node.split('.')[0]) < 24;

/** In place of an `AsyncLocalStorage`: knows no context. */
class NoContext {
  run(_context, callback) {
    return callback();
  }

  getStore() {
    return undefined;
  }
}

/**
 * Runs a test file by jest-circus, which keeps the current test in an `AsyncLocalStorage`, a new one for each test file, to say which
 * test an error comes from that nobody has caught. With it, each promise costs more, the more files a worker has run: after six of
 * them three times as much. Without it such an error fails the test file, and the stack says where it comes from.
 */
function runTestFile(...args) {
  if (!followsPromises) return circus.default(...args);
  // A getter in Node 22.
  const storage = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
  Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value: NoContext, configurable: true });
  try {
    // Loads the framework, and with it the storage, before it returns.
    return circus.default(...args);
  } finally {
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', storage);
  }
}

/** Jest asks for a default export. */
export default runTestFile;
