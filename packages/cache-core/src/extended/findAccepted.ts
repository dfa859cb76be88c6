import type { ValueSchema } from '../contract/extendedCache';
import { decodeValue } from '../values/codec';
import type { Entry } from '../values/entry';
import type { EntryStore } from './entryStore';

/** The entry of a key, if the schema accepts its value. Rejects when the schema throws. */
export async function findAccepted(
  store: EntryStore,
  key: string,
  check: ValueSchema | undefined,
): Promise<Entry | undefined> {
  const entry = await store.read(key);
  return entry && check ? accept(entry, check) : entry;
}

export async function accept(entry: Entry, check: ValueSchema): Promise<Entry | undefined> {
  const { issues } = await check['~standard'].validate(decodeValue(entry.value.json));
  return issues ? undefined : entry;
}
