import type { JsonValue } from './jsonValue';

/** Makes a type read-only, including everything inside it. */
export type DeepReadonly<T> = JsonValue extends T
  ? ReadonlyJsonValue | Exclude<T, JsonValue>
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** {@link DeepReadonly} of any JSON value, written out because computing it would recurse without end. */
export type ReadonlyJsonValue =
  { readonly [key in string]?: ReadonlyJsonValue } | readonly ReadonlyJsonValue[] | number | string | boolean | null;
