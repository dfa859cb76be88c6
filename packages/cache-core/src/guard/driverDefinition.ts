import { types } from 'node:util';
import { CacheError, isCacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';
import type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from '../contract/driver';
import { describeKind } from './driverError';

const CONTRACT_VERSION: CacheDriverDefinition['contractVersion'] = 1;
const storeName = /^[A-Za-z0-9_-]{1,64}$/;
const GUIDE = 'see docs/writing-a-driver.md of Greenroom';

/**
 * Throws CACHE_CONFIG for anything but a driver definition, and for one of another contract version. The message names driver, member and
 * fix.
 */
export function assertDriverDefinition(definition: unknown): asserts definition is CacheDriverDefinition {
  const problem = readSafely(() => findProblem(definition));
  if (problem !== undefined) throw new CacheError('CACHE_CONFIG', problem);
}

/**
 * Returns the options that a driver reads from `backend.cache`. Throws CACHE_CONFIG for an invalid driver and for a configuration that the
 * driver refuses. The text of any other error of the driver is not shown: it may contain a password.
 */
export function parseDriverOptions<Options>(definition: CacheDriverDefinition<Options>, config: ConfigSource): Options {
  assertDriverDefinition(definition);
  const options = run(definition.store, 'parseOptions', () => definition.parseOptions(config));
  assertNoPromise(definition.store, 'parseOptions', options);
  return options;
}

/** Returns the policy of the driver. Throws CACHE_CONFIG when it is invalid. */
export function readPolicy<Options>(definition: CacheDriverDefinition<Options>, options: Options): DriverPolicy {
  const { store } = definition;
  const policy: unknown = run(store, 'policy', () => definition.policy?.(options));
  if (policy === undefined) return {};
  assertNoPromise(store, 'policy', policy);
  type Members = Record<keyof DriverPolicy, unknown>;
  const wrong = (member: string, expected: string) =>
    new CacheError('CACHE_CONFIG', `The cache driver '${store}' has a wrong policy: '${member}' has to be ${expected}`);
  if (typeof policy !== 'object' || policy === null) throw wrong('policy', 'an object');
  const { namespace, keyPrefixSeparator, commandTimeoutMs, verifyEntries, maxOverdueMs } = policy as Members;
  if (namespace !== undefined && typeof namespace !== 'string') throw wrong('namespace', 'text');
  if (keyPrefixSeparator !== undefined && typeof keyPrefixSeparator !== 'string') {
    throw wrong('keyPrefixSeparator', 'text');
  }
  if (commandTimeoutMs !== undefined && !isAboveZero(commandTimeoutMs)) {
    throw wrong('commandTimeoutMs', 'a number of ms above 0');
  }
  if (verifyEntries !== undefined && typeof verifyEntries !== 'boolean') {
    throw wrong('verifyEntries', 'true or false');
  }
  if (maxOverdueMs !== undefined && !isAboveZero(maxOverdueMs)) throw wrong('maxOverdueMs', 'a number of ms above 0');
  return policy;
}

function isAboveZero(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

/** Creates the driver. When the result is not a driver, calls its `close` and throws CACHE_CONFIG. */
export function createDriver<Options>(
  definition: CacheDriverDefinition<Options>,
  options: Options,
  host: DriverHost,
): CacheDriver {
  const { store } = definition;
  const driver: unknown = run(store, 'create', () => definition.create(options, host));
  const problem = readSafely(() => findDriverProblem(driver));
  if (problem === undefined) return driver as CacheDriver;
  void closeAnyway(driver);
  throw new CacheError('CACHE_CONFIG', `The cache driver '${store}' has created ${problem}: ${GUIDE}`);
}

const methods = ['get', 'set', 'delete', 'close'] as const;
const capabilities = ['getMany', 'add', 'clear', 'entries', 'figuresOf', 'connections', 'servers'] as const;

function findProblem(definition: unknown): string | undefined {
  if (typeof definition !== 'object' || definition === null) {
    return (
      `A cache driver is expected, got ${describeKind(definition)}: give the definition that the package of the driver ` +
      'exports, an object with contractVersion, store, parseOptions and create'
    );
  }
  const members = definition as Record<keyof CacheDriverDefinition, unknown>;
  const { store, contractVersion, policy } = members;
  if (typeof store !== 'string' || !storeName.test(store) || store === '__proto__') {
    const shown = typeof store === 'string' && /^[\x20-\x7e]{0,64}$/.test(store) ? `'${store}'` : describeKind(store);
    return (
      `A cache driver is called ${shown}: 'store' has to be a name of 1 to 64 letters, digits, '-' and '_', ` +
      `such as 'acme'; ${GUIDE}`
    );
  }
  if (contractVersion !== CONTRACT_VERSION) {
    const version = typeof contractVersion === 'number' ? String(contractVersion) : undefined;
    return version === undefined
      ? `The cache driver '${store}' does not say for which contract it was written: 'contractVersion' has to be ` +
          `${CONTRACT_VERSION}, and is ${describeKind(contractVersion)}; ${GUIDE}`
      : `The cache driver '${store}' was written for version ${version} of the driver contract, and this ` +
          `@greenroom/cache-core has version ${CONTRACT_VERSION}: install releases of the two that fit`;
  }
  const required = (['parseOptions', 'create'] as const).find(name => typeof members[name] !== 'function');
  const wrong = required ?? (policy !== undefined && typeof policy !== 'function' ? 'policy' : undefined);
  if (wrong !== undefined) {
    return `The cache driver '${store}' has ${describeKind(members[wrong])} for '${wrong}', which has to be a function; ${GUIDE}`;
  }
  const waiting = (['parseOptions', 'policy', 'create'] as const).find(name => types.isAsyncFunction(members[name]));
  return waiting === undefined ? undefined : toPromiseProblem(store, waiting);
}

function findDriverProblem(driver: unknown): string | undefined {
  if (typeof driver !== 'object' || driver === null || types.isPromise(driver)) {
    return `${describeKind(driver)}, where a driver with ${methods.join(', ')} is expected`;
  }
  const members = driver as Record<keyof CacheDriver, unknown>;
  const missing = methods.find(name => typeof members[name] !== 'function');
  const wrong =
    missing ?? capabilities.find(name => members[name] !== undefined && typeof members[name] !== 'function');
  if (wrong === undefined) return undefined;
  return `a driver with ${describeKind(members[wrong])} for '${wrong}', which has to be a function`;
}

/** Reports an object whose getters throw as a problem, too. */
function readSafely(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch {
    return `A cache driver throws when its members are read: ${GUIDE}`;
  }
}

function run<Result>(store: string, member: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (isCacheError(error)) throw error;
    throw new CacheError(
      'CACHE_CONFIG',
      `The cache driver '${store}' has thrown ${describeKind(error)} in '${member}', where a CacheError is expected. ` +
        `It is not shown, as it may hold a password: check what 'backend.cache' has for '${store}'`,
    );
  }
}

/** Throws CACHE_CONFIG when a member of the driver that must return synchronously has returned a promise. */
export function assertNoPromise(store: string, member: string, result: unknown): void {
  if (!isThenable(result)) return;
  // The result is not needed, but a rejection must not stay unhandled.
  void Promise.resolve(result).catch(() => {});
  throw new CacheError('CACHE_CONFIG', toPromiseProblem(store, member));
}

function toPromiseProblem(store: string, member: string): string {
  return `The cache driver '${store}' gives a promise in '${member}', which has to give its result at once; ${GUIDE}`;
}

function isThenable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return 'then' in value && typeof value.then === 'function';
  } catch {
    return false;
  }
}

/** An invalid driver must not leave sockets or timers behind. Never rejects. */
async function closeAnyway(driver: unknown): Promise<void> {
  try {
    await ((await driver) as CacheDriver).close();
  } catch {
    // The error that `createDriver` throws already says that this is not a driver.
  }
}
