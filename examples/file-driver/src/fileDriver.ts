import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition } from '@greenroom/cache-core';

/** Options of the file store, in the configuration under `backend.cache.file`. */
export interface FileOptions {
  /** Where the entries are; made when it is not there. Several backends may share it. */
  readonly directory: string;
}

/** Keeps each entry in a file of its own: entries outlive the process. */
export const fileDriver: CacheDriverDefinition<FileOptions> = {
  contractVersion: 1,
  store: 'file',
  parseOptions(config) {
    const directory = config.getOptionalString('file.directory');
    if (!directory) throw config.invalid('file.directory', 'the path of a directory for the entries');
    return { directory };
  },
  create: ({ directory }) => new FileStore(resolve(directory)),
};

const SWEEP_INTERVAL_MS = 60_000;
// A hash is safe as a name, whatever the key holds and whether or not the file system tells case apart.
const ENTRY_NAME = /^[\da-f]{64}$/;
const TEMPORARY_NAME = /^[\da-f]{64}\.[\da-f-]{36}$/;

class FileStore implements CacheDriver {
  readonly #directory: string;
  /** The last operation on names with the same first digit: the next one waits for it, so at most 16 run at once. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  readonly #sweepTimer = setInterval(() => void this.#sweep(), SWEEP_INTERVAL_MS).unref();
  #closed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#inLane(toName(key), async path => {
      const content = await readFile(path, 'utf8');
      if (!parseHeader(content).isExpired) return content.slice(content.indexOf('\n') + 1);
      // What another process has set here in this moment goes too: a miss more, which a cache may have.
      await rm(path);
      return undefined;
    });
  }

  async set(key: string, value: string, ttlMs = Infinity): Promise<void> {
    const content = `${Date.now() + ttlMs} ${key}\n${value}`;
    await this.#inLane(toName(key), async path => {
      const temporaryPath = `${path}.${randomUUID()}`;
      try {
        await mkdir(this.#directory, { recursive: true, mode: 0o700 });
        await writeFile(temporaryPath, content, { mode: 0o600 });
        await rename(temporaryPath, path);
      } catch (error) {
        await rm(temporaryPath, { force: true });
        throw toCacheError(error);
      }
    });
  }

  async delete(key: string): Promise<void> {
    await this.#inLane(toName(key), path => rm(path));
  }

  async clear(prefix: string): Promise<void> {
    await Promise.all(this.#lanes.values());
    await this.#removeWhere(ENTRY_NAME, async path => (await readHeader(path)).key.startsWith(prefix));
  }

  /** A write that has begun goes on: its entry is there as a whole, or not at all. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweepTimer);
  }

  /** Runs an operation after those of its lane that were issued before; `undefined` when there is no such file. */
  async #inLane<T>(name: string, operation: (path: string) => Promise<T>): Promise<T | undefined> {
    const lane = name.charAt(0);
    const result = Promise.resolve(this.#lanes.get(lane)).then(() => {
      if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The file store is closed');
      return operation(join(this.#directory, name));
    });
    this.#lanes.set(lane, Promise.allSettled([result]));
    try {
      return await result;
    } catch (error) {
      if (toCode(error) === 'ENOENT') return undefined;
      throw toCacheError(error);
    }
  }

  /** One file at a time, so that operations get their turn in between. */
  async #removeWhere(pattern: RegExp, isToGo: (path: string) => Promise<boolean>): Promise<void> {
    const names = (await this.#inLane('', directory => readdir(directory))) ?? [];
    for (const name of names.filter(candidate => pattern.test(candidate))) {
      await this.#inLane(name, async path => (await isToGo(path)) && rm(path));
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#removeWhere(ENTRY_NAME, async path => (await readHeader(path)).isExpired);
      // Left by a process that ended while it was writing.
      await this.#removeWhere(
        TEMPORARY_NAME,
        async path => (await stat(path)).mtimeMs < Date.now() - SWEEP_INTERVAL_MS,
      );
    } catch {
      // Nobody waits for this, and what is expired is never served: the next sweep tries again.
    }
  }
}

const toName = (key: string) => createHash('sha256').update(key).digest('hex');

/** The first line of a file. What is no such line is one of an expired entry. */
function parseHeader(content: string): { readonly isExpired: boolean; readonly key: string } {
  const [expiresAtMs, key = ''] = content.slice(0, content.indexOf('\n')).split(' ');
  return { isExpired: !(Number(expiresAtMs) > Date.now()), key };
}

/** Reads enough for the longest key that core makes, and not the whole of a large file. */
const readHeader = async (path: string) => parseHeader(await text(createReadStream(path, { end: 1023 })));

function toCacheError(error: unknown): CacheError {
  if (isCacheError(error)) return error;
  // Not the message of the error, which has the path.
  const code = toCode(error);
  const kind = /^(ENOSPC|EDQUOT|EFBIG)$/.test(code) ? 'CACHE_TOO_LARGE' : 'CACHE_REFUSED';
  return new CacheError(kind, `The file store cannot use its directory: ${code}`, { cause: error });
}

const toCode = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
