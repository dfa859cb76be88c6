import type { Awaitable } from '../contract/awaitable';
import type { ValueSchema } from '../contract/extendedCache';
import { decodeValue } from '../values/codec';
import type { Entry } from '../values/entry';

/** Resolves to the entry that is being read if the schema accepts its value, else to `undefined`. Rejects when the schema throws. */
export async function acceptEntry(
  reading: Awaitable<Entry | undefined>,
  check: ValueSchema,
): Promise<Entry | undefined> {
  const entry = await reading;
  if (!entry) return undefined;
  const { issues } = await check['~standard'].validate(decodeValue(entry.value.json));
  return issues ? undefined : entry;
}
