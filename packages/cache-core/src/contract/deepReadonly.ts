import type { JsonValue } from './jsonValue';

/** A value that cannot be changed, nor anything in it. */
export type DeepReadonly<T> = JsonValue extends T
  ? ReadonlyJsonValue | Exclude<T, JsonValue>
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** {@link DeepReadonly} of any JSON: by itself it would have no end. */
export type ReadonlyJsonValue =
  { readonly [key in string]?: ReadonlyJsonValue } | readonly ReadonlyJsonValue[] | number | string | boolean | null;
