import asyncHooks from 'node:async_hooks';
import circus from 'jest-circus/runner';

/** From Node 24 on, the async context of a promise costs nothing. Earlier versions call a function for each promise and each storage. */
const followsPromises = Number(process.versions.node.split('.')[0]) < 24;

/** Replaces `AsyncLocalStorage`, but keeps no context. */
class NoContext {
  run(_context, callback) {
    return callback();
  }

  getStore() {
    return undefined;
  }
}

/**
 * Runs a test file with jest-circus. To find out which test an uncaught error comes from, that keeps the current test in an
 * `AsyncLocalStorage`, a new one for each test file. Each of these makes promises slower: after six files in a worker, three times as slow.
 * Without the storage, such an error fails the test file, and the stack says where it comes from.
 */
function runTestFile(...args) {
  if (!followsPromises) return circus.default(...args);
  // In Node 22 this is a getter.
  const storage = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
  Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value: NoContext, configurable: true });
  try {
    // The call loads the framework, and with it the storage, before it returns.
    return circus.default(...args);
  } finally {
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', storage);
  }
}

/** Jest asks for a default export. */
export default runTestFile;
