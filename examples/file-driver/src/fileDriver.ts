import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CacheError, isCacheError, readOptions } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, DriverSchema, OptionTable } from '@greenroom/cache-core';

/** Options of the file store, in the configuration under `backend.cache.file`. */
export interface FileOptions {
  /** Directory of the entries, created if missing. Several backends may share it. */
  readonly directory: string;
}

const fileOptions = {
  directory: { type: 'text', description: 'Where the entries are, required.' },
} as const satisfies OptionTable;

/** What `config.schema.json` is made of. */
export const fileSchema: DriverSchema = { store: 'file', options: fileOptions };

/** Keeps each entry in a file of its own: entries outlive the process. */
export const fileDriver: CacheDriverDefinition<FileOptions> = {
  contractVersion: 1,
  store: 'file',
  parseOptions(config) {
    const { directory } = readOptions(config, fileOptions, 'file');
    if (!directory) throw config.invalid('file.directory', 'the path of a directory for the entries');
    return { directory };
  },
  create: ({ directory }) => new FileStore(resolve(directory)),
};

const SWEEP_INTERVAL_MS = 60_000;
// A hash is a safe file name for any key, also on file systems that ignore case.
const ENTRY_NAME = /^[\da-f]{64}$/;
const TEMPORARY_NAME = /^[\da-f]{64}\.[\da-f-]{36}$/;

class FileStore implements CacheDriver {
  readonly #directory: string;
  /** The last operation on names with the same first digit. The next one waits for it, so at most 16 run at once. */
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
      // May remove what another process has just set: one more miss, which is fine for a cache.
      await rm(path);
      return undefined;
    });
  }

  async set(key: string, value: string, ttlMs = Infinity): Promise<void> {
    const content = `${Date.now() + ttlMs} ${key}\n${value}`;
    await this.#inLane(toName(key), async path => {
      const temporaryPath = `${path}.${randomUUID()}`;
      const write = () => writeFile(temporaryPath, content, { mode: 0o600 });
      try {
        await write().catch(async (error: unknown) => {
          if (toCode(error) !== 'ENOENT') throw error;
          await mkdir(this.#directory, { recursive: true, mode: 0o700 });
          await write();
        });
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

  async clear(prefix: string, wasSetSince = (_key: string) => false): Promise<void> {
    await Promise.all(this.#lanes.values());
    await this.#removeWhere(ENTRY_NAME, async path => {
      const { key } = await readHeader(path);
      return key.startsWith(prefix) && !wasSetSince(key);
    });
  }

  /** A write in progress continues: its entry is stored completely or not at all. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweepTimer);
  }

  /** Runs an operation after the earlier ones of its lane. `undefined` if the file does not exist. */
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

  /** One file at a time, so that other operations run in between. */
  async #removeWhere(pattern: RegExp, shouldRemove: (path: string) => Promise<boolean>): Promise<void> {
    const names = (await this.#inLane('', directory => readdir(directory))) ?? [];
    for (const name of names.filter(candidate => pattern.test(candidate))) {
      await this.#inLane(name, async path => (await shouldRemove(path)) && rm(path));
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#removeWhere(ENTRY_NAME, async path => (await readHeader(path)).isExpired);
      // Temporary files of a process that ended while it was writing.
      await this.#removeWhere(
        TEMPORARY_NAME,
        async path => (await stat(path)).mtimeMs < Date.now() - SWEEP_INTERVAL_MS,
      );
    } catch {
      // Expired entries are never served, so nothing is lost: the next sweep tries again.
    }
  }
}

const toName = (key: string) => createHash('sha256').update(key).digest('hex');

/** Parses the first line of a file. A file without such a line counts as expired. */
function parseHeader(content: string): { readonly isExpired: boolean; readonly key: string } {
  const [expiresAtMs, key = ''] = content.slice(0, content.indexOf('\n')).split(' ');
  return { isExpired: !(Number(expiresAtMs) > Date.now()), key };
}

/** Reads enough of a file for the longest key that core makes, but not all of a large one. */
async function readHeader(path: string): Promise<ReturnType<typeof parseHeader>> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return parseHeader(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

function toCacheError(error: unknown): CacheError {
  if (isCacheError(error)) return error;
  // The message of the error would show the path.
  const code = toCode(error);
  const kind = /^(ENOSPC|EDQUOT|EFBIG)$/.test(code) ? 'CACHE_TOO_LARGE' : 'CACHE_REFUSED';
  return new CacheError(kind, `The file store cannot use its directory: ${code}`, { cause: error });
}

const toCode = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
