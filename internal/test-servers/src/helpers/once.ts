/** Returns a function that calls `create` the first time, and hands out what that returned from then on. */
export function once<Value>(create: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: create() }).value;
}
