import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installDependencies, rootFolder } from '../../../tools/pnpm.mjs';
import { listenProblem, portProblem } from './port.mjs';
import { helpText, parseStartOptions } from './startOptions.mjs';
import { writeKeyPair } from './writeKeyPair.mjs';

const exampleName = '@greenroom/example-backstage-backend';
const exampleFolder = join(rootFolder, 'examples', 'backstage-backend');

/** Installs, builds and runs the example backend in this process. Every expected problem ends it with a message of one line. */
export async function startExample() {
  const options = readOptions();
  if (!options) return;

  const { port, metricsPort } = options;
  const problem = (await portProblem(port)) ?? (metricsPort && (await portProblem(metricsPort, 'METRICS_PORT')));
  if (problem) return giveUp(problem);

  try {
    await prepare();
  } catch (error) {
    if (error.name !== 'StepError') throw error;
    return giveUp(error.message, error.exitCode);
  }

  try {
    await runBackend(options);
  } catch (error) {
    return giveUp(startProblem(error, port));
  }
  console.log(whatToTry(options));
}

function readOptions() {
  try {
    const options = parseStartOptions(process.argv.slice(2), process.env);
    if (!options.help) return options;
    console.log(helpText);
  } catch (error) {
    if (error.name !== 'StartOptionsError') throw error;
    giveUp(error.message);
  }
  return undefined;
}

async function prepare() {
  console.log('Installing dependencies (about half a minute the first time)');
  const pnpm = await installDependencies();
  console.log('Building');
  await pnpm(['exec', 'turbo', 'run', 'build', `--filter=${exampleName}...`, '--ui=stream', '--output-logs=new-only'], {
    // Hides the progress of tsup; errors and the result of each package stay.
    hide: /:build: (CLI|(ESM|CJS|DTS) (dist|Build start))/,
  });
}

/** Resolves once the backend listens. From then on Backstage's own handlers stop it on Ctrl-C. */
async function runBackend({ store, connection, near, port, metricsPort }) {
  const stopAtOnce = () => process.exit(130);
  process.on('SIGINT', stopAtOnce).on('SIGTERM', stopAtOnce);
  const keys = writeKeyPair();
  process.on('exit', keys.remove);

  Object.assign(process.env, {
    // In development, a server closes open connections when it stops, instead of waiting for them.
    NODE_ENV: 'development',
    PORT: String(port),
    METRICS_PORT: String(metricsPort ?? ''),
    PLUGIN_PUBLIC_KEY_FILE: keys.publicKeyFile,
    PLUGIN_PRIVATE_KEY_FILE: keys.privateKeyFile,
    // `store` chooses a store of Greenroom, `driver` a custom driver.
    [store === 'file' ? 'APP_CONFIG_backend_cache_driver' : 'APP_CONFIG_backend_cache_store']: store,
    ...(connection && { APP_CONFIG_backend_cache_connection: connection }),
    ...(near && { APP_CONFIG_backend_cache_near: 'true' }),
  });
  process.chdir(exampleFolder);
  const entry = join(exampleFolder, 'dist', 'index.js');
  process.argv = [process.argv[0], entry, '--config', join(exampleFolder, 'app-config.yaml')];

  console.log('Starting');
  await import(pathToFileURL(entry).href);

  // Backstage has read the keys by now.
  keys.remove();
  process.off('SIGINT', stopAtOnce).off('SIGTERM', stopAtOnce);
}

/** The reason, on one line. Backstage has already logged the details. */
function startProblem(error, port) {
  let reason = error;
  while (reason.cause instanceof Error) reason = reason.cause;
  const problem = listenProblem(reason, port);
  if (problem) return problem;
  // Backstage lists one failure per line, each a sentence that wraps the messages of the errors below it.
  const failure = reason.message.split('\n').at(-1);
  return `The backend did not start. ${failure.replace(/^.*threw an error, /, '').trim()}`;
}

function giveUp(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

function whatToTry({ store, port, metricsPort }) {
  const page = `http://localhost:${port}/api/example/`;
  const lookup = `${page}lookup/42`;
  return `
The example backend is ready, with the ${store} store. Try:

  A miss: takes about a second
    curl ${lookup}

  A hit: the same line again, answered at once for 30 seconds
    curl ${lookup}

  Ten at the same time, which share one load
    curl ${page}lookup/43/ten-at-once

  Forget it: the next lookup is a miss
    curl -X DELETE ${lookup}
${metricsPort ? `\n  Its metrics\n    curl http://localhost:${metricsPort}/metrics\n` : ''}
Or open ${page} in a browser: it has a dashboard, and a background load that you can switch on.
Ctrl-C stops the backend.
`;
}
