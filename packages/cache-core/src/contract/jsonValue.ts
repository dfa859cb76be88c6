/** A value that JSON can hold. Structurally the `JsonValue` of `@backstage/types`. */
export type JsonValue = JsonObject | JsonValue[] | number | string | boolean | null;

/** An object whose members are {@link JsonValue}s. */
export type JsonObject = { [key in string]?: JsonValue };
