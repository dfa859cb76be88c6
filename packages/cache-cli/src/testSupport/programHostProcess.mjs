import { createRequire } from 'node:module';

// Runs the built program again and again in one process. Each run evaluates the program again, as a new process would; only the modules
// that it loads stay cached. A run ends when nothing is left to do, as a process would.

const require = createRequire(import.meta.url);

process.on('message', ({ program, args, folder, env }) => {
  const written = { stdout: '', stderr: '' };
  const originals = Object.keys(written).map(name => [name, process[name].write]);
  const before = { ...process.env };
  const addWarning = ({ stack }) => (written.stderr += stack);

  for (const [name] of originals) {
    process[name].write = (text, whenWritten) => {
      written[name] += text;
      if (whenWritten) setImmediate(whenWritten);
      return true;
    };
  }
  Object.assign(process.env, env);
  process.chdir(folder);
  process.argv = [process.execPath, program, ...args];
  process.on('warning', addWarning);
  process.exitCode = undefined;
  process.channel.unref();

  process.once('beforeExit', () => {
    process.channel.ref();
    const code = process.exitCode ?? 0;
    process.exitCode = undefined;
    process.off('warning', addWarning);
    for (const [name, write] of originals) {
      process[name].write = write;
      process[name].removeAllListeners('error');
    }
    for (const name of Object.keys(env)) {
      if (name in before) process.env[name] = before[name];
      else delete process.env[name];
    }
    process.send({ code, ...written });
  });
  delete require.cache[require.resolve(program)];
  require(program);
});
