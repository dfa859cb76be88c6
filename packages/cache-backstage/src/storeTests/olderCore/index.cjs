"use strict";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/index.ts
var src_exports = {};
__export(src_exports, {
  CacheError: () => CacheError,
  assertDriverDefinition: () => assertDriverDefinition,
  assertNamespacePart: () => assertNamespacePart,
  cacheErrorCodes: () => cacheErrorCodes,
  createCacheManager: () => createCacheManager,
  createCommonSchema: () => createCommonSchema,
  createConfigSource: () => createConfigSource,
  isCacheError: () => isCacheError,
  parseDriverOptions: () => parseDriverOptions,
  readCacheConfig: () => readCacheConfig,
  readConnection: () => readConnection,
  readOptions: () => readOptions,
  readTlsSettings: () => readTlsSettings,
  timeoutOptions: () => timeoutOptions,
  tlsOption: () => tlsOption,
  toConfigSchema: () => toConfigSchema
});
module.exports = __toCommonJS(src_exports);

// src/contract/cacheError.ts
var cacheErrorCodes = [
  "CACHE_AUTH",
  "CACHE_CLOCK_SKEW",
  "CACHE_CLOSED",
  "CACHE_CONFIG",
  "CACHE_CORRUPT",
  "CACHE_DRIVER_MISSING",
  "CACHE_FULL",
  "CACHE_INVALID_KEY",
  "CACHE_INVALID_TTL",
  "CACHE_INVALID_VALUE",
  "CACHE_OVERLOADED",
  "CACHE_READ_ONLY",
  "CACHE_REFUSED",
  "CACHE_TIMEOUT",
  "CACHE_TOO_LARGE",
  "CACHE_UNAVAILABLE"
];
var CacheError = class extends Error {
  /** What went wrong, for programs. Compare this instead of using `instanceof`. */
  code;
  constructor(code, message, options) {
    super(message, options);
    this.name = "CacheError";
    this.code = code;
  }
};
function isCacheError(error, code) {
  const found = readCode(error);
  const known = cacheErrorCodes.find((candidate) => candidate === found);
  return known !== void 0 && (code === void 0 || code === known);
}
function readCode(error) {
  if (typeof error !== "object" || error === null) return void 0;
  try {
    return "code" in error ? error.code : void 0;
  } catch {
    return void 0;
  }
}

// src/config/readOptions.ts
function readOptions(config, options, section) {
  const values = Object.entries(options).filter(([, option]) => option.options === void 0).map(([name, option]) => [
    option.type === "duration" ? `${name}Ms` : name,
    readOption(config, section === void 0 ? name : `${section}.${name}`, option)
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== void 0));
}
function readOption(config, key, { type, minimum = 0 }) {
  switch (type) {
    case "text":
      return config.getOptionalString(key);
    case "boolean":
      return config.getOptionalBoolean(key);
    case "integer":
      return config.getOptionalInteger(key, minimum);
    case "duration":
      return config.getOptionalDurationMs(key);
    case "withoutEffect":
      if (config.getOptional(key) !== void 0) config.warn(key, "has no effect and can be removed");
      return void 0;
    case "section":
    case "list":
      return void 0;
  }
}

// src/config/cacheConfig.ts
var cacheOptions = {
  store: { type: "text", default: "memory", description: "Name of the store." },
  driver: {
    type: "text",
    description: "Name of a driver that was added to the backend; wins over `store`. Default: none."
  },
  defaultTtl: {
    type: "duration",
    description: "Life of entries that are set without a `ttl`: ms, or a duration. Default: no expiry."
  }
};
function readCacheConfig(config) {
  const { driver, store, ...values } = readOptions(config, cacheOptions);
  return { store: driver || store || cacheOptions.store.default, ...values };
}
function readConnection(config, store, example) {
  const connection = config.getOptional("connection");
  if (connection === void 0 || connection === "") {
    throw new CacheError(
      "CACHE_CONFIG",
      `Missing configuration at '${config.path}.connection': the store '${store}' needs the address of its server, such as ${example}`
    );
  }
  if (typeof connection !== "string") throw config.invalid("connection", `text such as ${example}`);
  return connection;
}

// src/config/tlsSettings.ts
var import_node_crypto = require("node:crypto");
var import_node_tls = require("node:tls");
var settingOptions = {
  ca: {
    type: "text",
    description: "Certificates of the authorities to trust, as PEM text. Default: those of Node."
  },
  cert: { type: "text", description: "Certificate to show to the server, as PEM text. Default: none." },
  key: { type: "text", isSecret: true, description: "Private key of `cert`, as PEM text. Default: none." },
  passphrase: { type: "text", isSecret: true, description: "Passphrase of `key`. Default: none." },
  servername: {
    type: "text",
    description: "Host name that the certificate of the server must have. Default: the host."
  },
  rejectUnauthorized: {
    type: "boolean",
    default: true,
    description: "Whether to refuse a server whose certificate is not to be trusted."
  }
};
var tlsOption = {
  type: "boolean",
  default: false,
  options: settingOptions,
  isOpen: true,
  description: "`true`, or an object of settings: connect by TLS."
};
var begin = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
var certificate = new RegExp(`${begin.source}[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----`, "g");
function readTlsSettings(config, keys, { besides = [], isWanted = false } = {}) {
  const options = keys.map((key) => ({ key, isOn: config.hasSection(key) || config.getOptionalBoolean(key) }));
  const off = options.find(({ isOn }) => isOn === false);
  const settings = [...besides, ...keys].filter((key) => config.hasSection(key)).map((key) => readSection(config, key));
  if (!isWanted && options.every(({ isOn }) => !isOn)) return void 0;
  if (off) throw config.invalid(off.key, "true, or nothing, since another option switches TLS on");
  const merged = settings.reduce((before, later) => ({ ...before, ...later }), {});
  checkPair(config, merged, [...options.filter(({ isOn }) => isOn).map(({ key }) => key), ...besides, ...keys]);
  return merged;
}
function readSection(config, section) {
  const values = readOptions(config, settingOptions, section);
  const settings = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  for (const name of ["ca", "cert"]) {
    const text = settings[name];
    if (text !== void 0 && !areCertificates(text))
      throw config.invalid(`${section}.${name}`, pem("certificates", text));
  }
  return settings;
}
function checkPair(config, settings, sections) {
  const { cert, key, passphrase } = settings;
  const pathOf = (name) => {
    const section = sections.find(
      (each) => config.hasSection(each) && config.getOptional(`${each}.${name}`) !== void 0
    );
    return `${section ?? sections.find((each) => config.hasSection(each)) ?? "tls"}.${name}`;
  };
  if (cert === void 0 && key === void 0) return;
  if (cert === void 0) throw config.invalid(pathOf("key"), "the certificate of the key as well, in 'cert'");
  if (key === void 0) throw config.invalid(pathOf("cert"), "the private key of the certificate as well, in 'key'");
  if (!key.includes("-----BEGIN")) throw config.invalid(pathOf("key"), pem("a private key", key));
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key);
  if (isEncrypted && passphrase === void 0) {
    throw config.invalid(pathOf("key"), "a private key without a passphrase, or its passphrase in 'passphrase'");
  }
  const privateKey = attempt(() => (0, import_node_crypto.createPrivateKey)({ key, ...isEncrypted && { passphrase: passphrase ?? "" } }));
  if (!privateKey) {
    throw isEncrypted ? config.invalid(pathOf("passphrase"), "the passphrase of the private key in 'key'") : config.invalid(pathOf("key"), pem("a private key", key));
  }
  const [first = ""] = cert.match(certificate) ?? [];
  if (!new import_node_crypto.X509Certificate(first).checkPrivateKey(privateKey)) {
    throw config.invalid(pathOf("key"), "the private key of the certificate in 'cert', not that of another one");
  }
  if (!attempt(() => (0, import_node_tls.createSecureContext)({ cert, key, ...passphrase !== void 0 && { passphrase } }))) {
    throw config.invalid(pathOf("cert"), "a certificate and its private key that OpenSSL accepts");
  }
}
function areCertificates(text) {
  const blocks = text.match(certificate) ?? [];
  return blocks.length > 0 && blocks.length === text.match(begin)?.length && blocks.every((block) => attempt(() => new import_node_crypto.X509Certificate(block))) && attempt(() => (0, import_node_tls.createSecureContext)({ ca: text })) !== void 0;
}
function pem(what, text) {
  const expected = `${what} as PEM text, from '-----BEGIN' on with its line ends`;
  if (text.includes("\\n")) return `${expected}, not with '\\n' as two characters instead of a line end`;
  if (text.includes("-----BEGIN")) return expected;
  return `${expected}; the content of a file is read by '$file: <path>'`;
}
function attempt(make) {
  try {
    return make();
  } catch {
    return void 0;
  }
}

// src/keys/storedKey.ts
var import_node_crypto2 = require("node:crypto");
var MAX_KEY_BYTES = 180;
var PART_LENGTH = 8192;
var MAX_BYTES_PER_CHARACTER = 9;
var readable = /^[A-Za-z0-9\-_.~:/@,=+]*$/;
var printable = /^[\x21-\x7e]+$/;
function toKeyPrefix(pluginId, namespace, separator = ":") {
  if (!printable.test(pluginId) || pluginId.length > 64 || pluginId.includes(":")) {
    throw new CacheError(
      "CACHE_CONFIG",
      "Invalid plugin id: expected 1 to 64 printable ASCII characters without space and ':'"
    );
  }
  if (!namespace) return [pluginId, ":"].join("");
  assertNamespacePart("namespace", namespace);
  if (separator !== "") assertNamespacePart("keyPrefixSeparator", separator);
  return [namespace, separator, pluginId, ":"].join("");
}
function assertNamespacePart(option, text) {
  if (printable.test(text) && text.length <= 100) return;
  throw new CacheError(
    "CACHE_CONFIG",
    `Invalid ${option}: expected 1 to 100 printable ASCII characters without spaces`
  );
}
function toStoredKey(prefix, key) {
  if (typeof key !== "string") {
    throw new CacheError(
      "CACHE_INVALID_KEY",
      `Invalid key: expected a string, got ${key === null ? "null" : typeof key}`
    );
  }
  return [prefix, encodeKey(key)].join("");
}
function encodeKey(key) {
  if (key.length > MAX_KEY_BYTES) return digestOf(key);
  if (readable.test(key)) return key;
  const bytes = percentEncode(key);
  return bytes.length <= MAX_KEY_BYTES ? bytes.toString("latin1") : digestOf(key);
}
function digestOf(key) {
  const hash = (0, import_node_crypto2.createHash)("sha256");
  for (let start = 0; start < key.length; ) {
    let end = start + PART_LENGTH;
    if (end < key.length && isHighSurrogate(key.charCodeAt(end - 1))) end--;
    const part = key.slice(start, end);
    if (readable.test(part)) hash.update(part, "latin1");
    else hash.update(percentEncode(part));
    start = end;
  }
  return `!sha256-${hash.digest("base64url")}`;
}
var PERCENT = 37;
var LETTER_U = 117;
var hexDigits = Buffer.from("0123456789ABCDEF");
var isReadable = Array.from({ length: 128 }, (_, code) => readable.test(String.fromCharCode(code)));
function percentEncode(key) {
  const bytes = Buffer.allocUnsafe(MAX_BYTES_PER_CHARACTER * key.length);
  let size = 0;
  for (let index = 0; index < key.length; index++) {
    const code = key.codePointAt(index);
    if (code < 128) {
      if (isReadable[code]) bytes[size++] = code;
      else size = putByte(bytes, size, code);
    } else if (code < 2048) {
      size = putTrailing(bytes, putByte(bytes, size, 192 | code >> 6), code);
    } else if (code >= 55296 && code <= 57343) {
      size = putLoneSurrogate(bytes, size, code);
    } else if (code < 65536) {
      size = putTrailing(bytes, putByte(bytes, size, 224 | code >> 12), code >> 6);
      size = putTrailing(bytes, size, code);
    } else {
      index++;
      size = putTrailing(bytes, putByte(bytes, size, 240 | code >> 18), code >> 12);
      size = putTrailing(bytes, putTrailing(bytes, size, code >> 6), code);
    }
  }
  return bytes.subarray(0, size);
}
function putByte(bytes, at, byte) {
  bytes[at] = PERCENT;
  bytes[at + 1] = hexDigits[byte >> 4];
  bytes[at + 2] = hexDigits[byte & 15];
  return at + 3;
}
function putTrailing(bytes, at, bits) {
  return putByte(bytes, at, 128 | bits & 63);
}
function putLoneSurrogate(bytes, at, code) {
  bytes[at] = PERCENT;
  bytes[at + 1] = LETTER_U;
  for (let digit = 0; digit < 4; digit++) bytes[at + 2 + digit] = hexDigits[code >> 12 - 4 * digit & 15];
  return at + 6;
}
function isHighSurrogate(code) {
  return code >= 55296 && code <= 56319;
}

// src/config/timeoutOptions.ts
var timeoutOptions = {
  commandTimeout: {
    type: "duration",
    default: 500,
    description: "Longest time that one operation may take: ms, or a duration."
  },
  connectTimeout: {
    type: "duration",
    default: 2e3,
    description: "Longest time that making a connection may take: ms, or a duration."
  }
};

// src/config/toConfigSchema.ts
var durationUnits = ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"];
var durationTypes = [
  { type: "number" },
  { type: "string" },
  toObject(Object.fromEntries(durationUnits.map((unit) => [unit, { type: "number" }])))
];
function toConfigSchema({ store, options, builtIn }) {
  const section = toProperties({ [store]: { type: "section", options } });
  if (!builtIn) return toBackendSchema({ anyOf: [toChoice({ store: { type: "string" }, ...section })] });
  const { connection, connectionObject, otherSections = {} } = builtIn;
  return toBackendSchema({
    anyOf: [
      toChoice({
        store: { type: "string", const: store },
        ...connection && toProperties({ connection }),
        ...section,
        ...toProperties(otherSections)
      }),
      // Prevents an invalid option from matching here.
      toChoice({ store: { type: "string", not: { const: store } } })
    ],
    // Beside the choice, so that Backstage finds the secrets in the object though its own schema wants text.
    ...connectionObject && {
      ...toObject(toProperties({ connection: { type: "text", options: connectionObject, isOpen: true } })),
      additionalProperties: true
    }
  });
}
function createCommonSchema() {
  return toBackendSchema({ anyOf: [toChoice(toProperties(cacheOptions))] });
}
function toBackendSchema(cache) {
  return { $schema: "http://json-schema.org/draft-07/schema#", ...toObject({ backend: toObject({ cache }) }) };
}
function toChoice(properties) {
  return { ...toObject(properties), required: ["store"] };
}
function toProperties(options) {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, toOptionSchema(option)]));
}
function toOptionSchema(option) {
  const { type, description, default: defaultValue, isSecret = false, options, isOpen = false } = option;
  if (type === "withoutEffect") return { description: "Accepted without effect." };
  const object = options && { ...toObject(toProperties(options)), ...isOpen && { additionalProperties: true } };
  return {
    ...toTypes(option, object),
    ...description !== void 0 && { description },
    ...defaultValue !== void 0 && { default: defaultValue },
    ...isSecret && { visibility: "secret" }
  };
}
function toTypes({ type, minimum = 0 }, object) {
  if (type === "section") return { ...object };
  if (type === "list") return { type: "array", items: { ...object } };
  if (type === "duration") return { anyOf: [...durationTypes, ...object ? [object] : []] };
  const simple = type === "integer" ? { type: "number", minimum } : { type: type === "text" ? "string" : type };
  return object ? { anyOf: [simple, object] } : simple;
}
function toObject(properties) {
  return { type: "object", properties };
}

// src/keys/keyCache.ts
var MAX_KEYS = 5e3;
var MAX_CHARACTERS = 256;
var SAMPLING_INTERVAL = 16;
var beyondLatin1 = /[^\0-\xff]/;
function createKeyCache() {
  return new MapKeyCache();
}
var MapKeyCache = class {
  /** By the plugin's own key. When plugins use the same key, the latest one stays. */
  #cached = /* @__PURE__ */ new Map();
  #hits = 0;
  #misses = 0;
  #interval = 1;
  toStoredKey(prefix, key) {
    const cached = this.#cached.get(key);
    if (cached?.prefix === prefix) {
      this.#hits++;
      return cached.storedKey;
    }
    const storedKey = toStoredKey(prefix, key);
    if (key.length <= MAX_CHARACTERS && ++this.#misses % this.#interval === 0) {
      this.#add(key, { prefix, storedKey });
    }
    return storedKey;
  }
  #add(key, cached) {
    if (this.#cached.size === MAX_KEYS) this.#reset();
    this.#cached.set(copyOf(key), cached);
  }
  #reset() {
    this.#cached.clear();
    this.#interval = this.#hits < MAX_KEYS ? SAMPLING_INTERVAL : 1;
    this.#hits = 0;
  }
};
function copyOf(key) {
  const encoding = beyondLatin1.test(key) ? "utf16le" : "latin1";
  return Buffer.from(key, encoding).toString(encoding);
}

// src/contract/duration.ts
var SECOND = 1e3;
var MINUTE = 60 * SECOND;
var HOUR = 60 * MINUTE;
var DAY = 24 * HOUR;
var unitMs = /* @__PURE__ */ new Map([
  ["years", 365 * DAY],
  ["months", 30 * DAY],
  ["weeks", 7 * DAY],
  ["days", DAY],
  ["hours", HOUR],
  ["minutes", MINUTE],
  ["seconds", SECOND],
  ["milliseconds", 1]
]);
var units = [...unitMs.keys()].join(", ");
var wordMs = new Map([
  ...["y", "yr", "yrs", "year", "years"].map((word) => [word, 365.25 * DAY]),
  ...["w", "week", "weeks"].map((word) => [word, 7 * DAY]),
  ...["d", "day", "days"].map((word) => [word, DAY]),
  ...["h", "hr", "hrs", "hour", "hours"].map((word) => [word, HOUR]),
  ...["m", "min", "mins", "minute", "minutes"].map((word) => [word, MINUTE]),
  ...["s", "sec", "secs", "second", "seconds"].map((word) => [word, SECOND]),
  ...["ms", "msec", "msecs", "millisecond", "milliseconds"].map((word) => [word, 1])
]);
var isoDuration = /^P(?:(?<years>-?\d+(?:\.\d+)?)Y)?(?:(?<months>-?\d+(?:\.\d+)?)M)?(?:(?<weeks>-?\d+(?:\.\d+)?)W)?(?:(?<days>-?\d+(?:\.\d+)?)D)?(?:T(?:(?<hours>-?\d+(?:\.\d+)?)H)?(?:(?<minutes>-?\d+(?:\.\d+)?)M)?(?:(?<seconds>-?\d+(?:[.,]\d+)?)S)?)?$/;
var DurationError = class extends Error {
};
function durationObjectToMs(duration) {
  if (typeof duration !== "object" || duration === null || Array.isArray(duration)) {
    throw new DurationError(`expected a number of ms or an object of ${units}`);
  }
  let totalMs;
  for (const [unit, amount] of Object.entries(duration)) {
    const ms = unitMs.get(unit);
    if (ms === void 0) throw new DurationError(`unknown unit '${unit}', expected one or more of ${units}`);
    if (amount === void 0) continue;
    if (typeof amount !== "number" || Number.isNaN(amount)) throw new DurationError(`expected ${unit} to be a number`);
    totalMs = (totalMs ?? 0) + amount * ms;
  }
  if (totalMs === void 0) throw new DurationError(`expected one or more of ${units}`);
  return totalMs;
}
function durationTextToMs(text) {
  const trimmed = text.trim();
  return trimmed.startsWith("P") ? isoToMs(trimmed) : wordsToMs(trimmed);
}
function isoToMs(text) {
  const amounts = Object.entries(isoDuration.exec(text)?.groups ?? {}).filter(([, amount]) => amount !== void 0);
  if (amounts.length === 0) throw new DurationError("expected ISO form such as 'PT1H' or 'P2DT6H'");
  return amounts.reduce((sum, [unit, amount]) => sum + Number(amount.replace(",", ".")) * (unitMs.get(unit) ?? 0), 0);
}
function wordsToMs(text) {
  if (/^\d+$/.test(text)) throw new DurationError("a number in quotes needs a unit, such as '500ms' or '30 seconds'");
  const [, amount, word = "ms"] = text.length <= 100 && /^(-?\d*\.?\d+) *([a-z]+)?$/i.exec(text) || [];
  const ms = wordMs.get(word.toLowerCase());
  if (amount === void 0 || ms === void 0)
    throw new DurationError("expected a form such as '1h', '30 seconds' or 'PT1H'");
  if (amount.startsWith("-")) throw new DurationError("expected a duration above 0");
  const totalMs = Number(amount) * ms;
  return totalMs - Math.floor(totalMs / (365.25 * DAY)) * 0.25 * DAY;
}

// src/values/ttl.ts
function toTtl(ttl) {
  try {
    return toTtlMs(ttl);
  } catch (error) {
    throw invalid("CACHE_INVALID_TTL", "ttl", error);
  }
}
function toDefaultTtl(defaultTtl) {
  let ttl;
  try {
    ttl = toTtlMs(defaultTtl);
  } catch (error) {
    throw invalid("CACHE_CONFIG", "defaultTtl", error);
  }
  if (ttl === "expired") throw new CacheError("CACHE_CONFIG", "Invalid defaultTtl: expected more than 0 ms");
  return ttl;
}
function toTtlMs(ttl) {
  const ms = Math.ceil(typeof ttl === "number" ? ttl : durationObjectToMs(ttl));
  if (Number.isNaN(ms)) throw new DurationError("expected a number of ms, got NaN");
  if (ms <= 0) return "expired";
  return ms <= Number.MAX_SAFE_INTEGER ? ms : void 0;
}
function invalid(code, name, error) {
  return error instanceof DurationError ? new CacheError(code, `Invalid ${name}: ${error.message}`) : error;
}

// src/guard/driverDefinition.ts
var import_node_util2 = require("node:util");

// src/guard/driverError.ts
var import_node_util = require("node:util");
function toDriverError(store, what, error) {
  const own = readCacheError(error);
  if (own) return own;
  return new CacheError(
    "CACHE_UNAVAILABLE",
    `The driver of '${store}' has ${what} with ${describeKind(error)}, where a CacheError is expected`,
    { cause: error }
  );
}
function toWrongAnswer(store, what, answer, expected) {
  return new CacheError(
    "CACHE_UNAVAILABLE",
    `The driver of '${store}' has ${what} with ${describeKind(answer)}, where ${expected} is expected`
  );
}
function describeKind(value) {
  if (value === void 0 || value === null) return String(value);
  if (typeof value === "string") return "a text";
  if (import_node_util.types.isProxy(value)) return "an object";
  if (import_node_util.types.isNativeError(value)) return "an Error";
  if (import_node_util.types.isPromise(value)) return "a promise";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
function readCacheError(error) {
  if (!isCacheError(error)) return void 0;
  try {
    if (hasPlainFields(error)) return error;
    const { code, message } = error;
    return isCacheError({ code }) && typeof message === "string" ? new CacheError(code, message, { cause: error }) : void 0;
  } catch {
    return void 0;
  }
}
function hasPlainFields(error) {
  if (import_node_util.types.isProxy(error) || "then" in error) return false;
  const [code, message] = ["code", "message"].map((name) => Object.getOwnPropertyDescriptor(error, name));
  return code !== void 0 && "value" in code && typeof message?.value === "string";
}

// src/guard/driverDefinition.ts
var CONTRACT_VERSION = 1;
var storeName = /^[A-Za-z0-9_-]{1,64}$/;
var GUIDE = "see docs/writing-a-driver.md of Greenroom";
function assertDriverDefinition(definition) {
  const problem = readSafely(() => findProblem(definition));
  if (problem !== void 0) throw new CacheError("CACHE_CONFIG", problem);
}
function parseDriverOptions(definition, config) {
  assertDriverDefinition(definition);
  const options = run(definition.store, "parseOptions", () => definition.parseOptions(config));
  assertNoPromise(definition.store, "parseOptions", options);
  return options;
}
function readPolicy(definition, options) {
  const { store } = definition;
  const policy = run(store, "policy", () => definition.policy?.(options));
  if (policy === void 0) return {};
  assertNoPromise(store, "policy", policy);
  const wrong = (member, expected) => new CacheError("CACHE_CONFIG", `The cache driver '${store}' has a wrong policy: '${member}' has to be ${expected}`);
  if (typeof policy !== "object" || policy === null) throw wrong("policy", "an object");
  const { namespace, keyPrefixSeparator, commandTimeoutMs, verifyEntries, maxOverdueMs } = policy;
  if (namespace !== void 0 && typeof namespace !== "string") throw wrong("namespace", "text");
  if (keyPrefixSeparator !== void 0 && typeof keyPrefixSeparator !== "string") {
    throw wrong("keyPrefixSeparator", "text");
  }
  if (commandTimeoutMs !== void 0 && !isAboveZero(commandTimeoutMs)) {
    throw wrong("commandTimeoutMs", "a number of ms above 0");
  }
  if (verifyEntries !== void 0 && typeof verifyEntries !== "boolean") {
    throw wrong("verifyEntries", "true or false");
  }
  if (maxOverdueMs !== void 0 && !isAboveZero(maxOverdueMs)) throw wrong("maxOverdueMs", "a number of ms above 0");
  return policy;
}
function isAboveZero(value) {
  return typeof value === "number" && value > 0;
}
function createDriver(definition, options, host) {
  const { store } = definition;
  const driver = run(store, "create", () => definition.create(options, host));
  const problem = readSafely(() => findDriverProblem(driver));
  if (problem === void 0) return driver;
  void closeAnyway(driver);
  throw new CacheError("CACHE_CONFIG", `The cache driver '${store}' has created ${problem}: ${GUIDE}`);
}
var methods = ["get", "set", "delete", "close"];
var capabilities = ["getMany", "clear", "connections"];
function findProblem(definition) {
  if (typeof definition !== "object" || definition === null) {
    return `A cache driver is expected, got ${describeKind(definition)}: give the definition that the package of the driver exports, an object with contractVersion, store, parseOptions and create`;
  }
  const members = definition;
  const { store, contractVersion, policy } = members;
  if (typeof store !== "string" || !storeName.test(store) || store === "__proto__") {
    const shown = typeof store === "string" && /^[\x20-\x7e]{0,64}$/.test(store) ? `'${store}'` : describeKind(store);
    return `A cache driver is called ${shown}: 'store' has to be a name of 1 to 64 letters, digits, '-' and '_', such as 'acme'; ${GUIDE}`;
  }
  if (contractVersion !== CONTRACT_VERSION) {
    const version = typeof contractVersion === "number" ? String(contractVersion) : void 0;
    return version === void 0 ? `The cache driver '${store}' does not say for which contract it was written: 'contractVersion' has to be ${CONTRACT_VERSION}, and is ${describeKind(contractVersion)}; ${GUIDE}` : `The cache driver '${store}' was written for version ${version} of the driver contract, and this @greenroom/cache-core has version ${CONTRACT_VERSION}: install releases of the two that fit`;
  }
  const required = ["parseOptions", "create"].find((name) => typeof members[name] !== "function");
  const wrong = required ?? (policy !== void 0 && typeof policy !== "function" ? "policy" : void 0);
  if (wrong !== void 0) {
    return `The cache driver '${store}' has ${describeKind(members[wrong])} for '${wrong}', which has to be a function; ${GUIDE}`;
  }
  const waiting = ["parseOptions", "policy", "create"].find((name) => import_node_util2.types.isAsyncFunction(members[name]));
  return waiting === void 0 ? void 0 : toPromiseProblem(store, waiting);
}
function findDriverProblem(driver) {
  if (typeof driver !== "object" || driver === null || import_node_util2.types.isPromise(driver)) {
    return `${describeKind(driver)}, where a driver with ${methods.join(", ")} is expected`;
  }
  const members = driver;
  const missing = methods.find((name) => typeof members[name] !== "function");
  const wrong = missing ?? capabilities.find((name) => members[name] !== void 0 && typeof members[name] !== "function");
  if (wrong === void 0) return void 0;
  return `a driver with ${describeKind(members[wrong])} for '${wrong}', which has to be a function`;
}
function readSafely(find) {
  try {
    return find();
  } catch {
    return `A cache driver throws when its members are read: ${GUIDE}`;
  }
}
function run(store, member, call) {
  try {
    return call();
  } catch (error) {
    if (isCacheError(error)) throw error;
    throw new CacheError(
      "CACHE_CONFIG",
      `The cache driver '${store}' has thrown ${describeKind(error)} in '${member}', where a CacheError is expected. It is not shown, as it may hold a password: check what 'backend.cache' has for '${store}'`
    );
  }
}
function assertNoPromise(store, member, result) {
  if (!isThenable(result)) return;
  void Promise.resolve(result).catch(() => {
  });
  throw new CacheError("CACHE_CONFIG", toPromiseProblem(store, member));
}
function toPromiseProblem(store, member) {
  return `The cache driver '${store}' gives a promise in '${member}', which has to give its result at once; ${GUIDE}`;
}
function isThenable(value) {
  if (typeof value !== "object" || value === null) return false;
  try {
    return "then" in value && typeof value.then === "function";
  } catch {
    return false;
  }
}
async function closeAnyway(driver) {
  try {
    await (await driver).close();
  } catch {
  }
}

// src/guard/checkedDriver.ts
var import_node_util3 = require("node:util");

// src/guard/ownPromise.ts
function isPromise(value) {
  return value instanceof Promise;
}
function toOwnPromise(value) {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return value;
  if (value instanceof Promise && value.then === Promise.prototype.then) return value;
  return new Promise((resolve) => resolve(value));
}
function attempt2(call) {
  try {
    return toOwnPromise(call());
  } catch (error) {
    return Promise.reject(error);
  }
}

// src/guard/deadlines.ts
var MAX_TIMER_MS = 2 ** 31 - 1;
var MAX_DELAY_MS = 50;
var MAX_BUSY_DELAY_MS = 200;
var LATE_MS = 20;
var Waiting = class {
  /** From when its deadline counts; 0 = it has not been sent. */
  startedAtMs = 0;
  previous = void 0;
  next = void 0;
};
function createDeadlines(timeoutMs, expire) {
  return new DeadlineList(timeoutMs, expire);
}
var DeadlineList = class {
  #timeoutMs;
  #expire;
  #oldest;
  #newest;
  #timerArmed = false;
  #answers = 0;
  /** When the first one of this turn of the event loop was added. */
  #turnStartedAtMs;
  #endTurn = () => this.#leaveHalfOfTime();
  constructor(timeoutMs, expire) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }
  get oldest() {
    return this.#oldest;
  }
  add(waiting, startedAtMs, nowMs = startedAtMs) {
    waiting.startedAtMs = startedAtMs;
    if (this.#turnStartedAtMs === void 0) {
      this.#turnStartedAtMs = nowMs;
      process.nextTick(this.#endTurn);
    }
    this.#insert(waiting);
    if (!this.#timerArmed) this.#arm(this.#timeoutMs);
  }
  remove(waiting) {
    if (!waiting.previous && this.#oldest !== waiting) return false;
    this.#answers++;
    this.#unlink(waiting);
    return true;
  }
  /** Keeps the list sorted by start. Almost always that is the end; an operation from the backlog may have started earlier. */
  #insert(waiting) {
    let previous = this.#newest;
    let next;
    while (previous && previous.startedAtMs > waiting.startedAtMs) {
      next = previous;
      previous = previous.previous;
    }
    waiting.previous = previous;
    waiting.next = next;
    if (previous) previous.next = waiting;
    else this.#oldest = waiting;
    if (next) next.previous = waiting;
    else this.#newest = waiting;
  }
  #leaveHalfOfTime() {
    const turnStartedAtMs = this.#turnStartedAtMs ?? 0;
    this.#turnStartedAtMs = void 0;
    const earliestMs = performance.now() - this.#timeoutMs / 2;
    if (turnStartedAtMs >= earliestMs) return;
    for (let added = this.#newest; added && added.startedAtMs >= turnStartedAtMs; added = added.previous) {
      added.startedAtMs = Math.max(added.startedAtMs, earliestMs);
    }
  }
  #unlink(waiting) {
    const { previous, next } = waiting;
    if (previous) previous.next = next;
    else this.#oldest = next;
    if (next) next.previous = previous;
    else this.#newest = previous;
    waiting.previous = void 0;
    waiting.next = void 0;
  }
  #expiryOf({ startedAtMs }) {
    return startedAtMs + this.#timeoutMs;
  }
  #arm(delayMs) {
    this.#timerArmed = true;
    setTimeout(() => this.#wake(), Math.min(delayMs, MAX_TIMER_MS)).unref();
  }
  /** A blocked event loop is not an outage: it held up the sending, too. */
  #wake() {
    const dueMs = performance.now();
    const wasBlocked = this.#oldest !== void 0 && dueMs > this.#expiryOf(this.#oldest) + LATE_MS;
    if (wasBlocked) this.#expireWhenSilent(dueMs);
    else this.#expireWhenRead(dueMs);
  }
  /** Waits as long as replies keep coming: a driver may send one request at a time, and a busy machine needs longer for each. */
  #expireWhenSilent(dueMs, untilMs = dueMs + MAX_BUSY_DELAY_MS) {
    const answers = this.#answers;
    const expireOrWait = () => {
      if (this.#answers === answers || performance.now() >= untilMs) this.#expireWhenRead(dueMs);
      else this.#expireWhenSilent(dueMs, untilMs);
    };
    setTimeout(expireOrWait, MAX_DELAY_MS).unref();
  }
  /** Reads the replies that wait in the socket before giving up. Each turn of the event loop reads a part of them. */
  #expireWhenRead(dueMs, startedAtMs = performance.now()) {
    const answers = this.#answers;
    setImmediate(() => {
      if (this.#answers === answers || performance.now() - startedAtMs > MAX_DELAY_MS) this.#expireUntil(dueMs);
      else this.#expireWhenRead(dueMs, startedAtMs);
    });
  }
  #expireUntil(dueMs) {
    while (this.#oldest && this.#expiryOf(this.#oldest) <= dueMs) {
      const waiting = this.#oldest;
      this.#unlink(waiting);
      this.#expire(waiting, toTimeoutError(this.#timeoutMs));
    }
    this.#timerArmed = false;
    if (this.#oldest) this.#arm(Math.max(1, Math.ceil(this.#expiryOf(this.#oldest) - performance.now())));
  }
};
function toTimeoutError(timeoutMs) {
  return new CacheError("CACHE_TIMEOUT", `The store did not answer within ${timeoutMs} ms`);
}

// src/guard/race.ts
function createRace(timeoutMs) {
  class Racing extends Waiting {
    constructor(reject) {
      super();
      this.reject = reject;
    }
    reject;
  }
  const deadlines = createDeadlines(timeoutMs, ({ reject }, error) => reject(error));
  return async (answer) => {
    if (!isPromise(answer)) return answer;
    return new Promise((resolve, reject) => {
      const racing = new Racing(reject);
      deadlines.add(racing, performance.now());
      void answer.then(resolve, reject).finally(() => deadlines.remove(racing));
    });
  };
}

// src/guard/checkedDriver.ts
var CLOSE_TIMEOUT_MS = 2e3;
function createCheckedDriver(store, host, createDriver2) {
  const driver = createDriver2({
    // Drivers may call these without their object.
    connected: () => host.connected(),
    disconnected: (error) => host.disconnected(toDriverError(store, "called disconnected", error))
  });
  return {
    get: (key) => attempt2(() => driver.get(key)),
    set: (key, text, ttlMs) => toOwnPromise(driver.set(key, text, ttlMs)),
    delete: (key) => toOwnPromise(driver.delete(key)),
    ...driver.getMany && { getMany: (keys) => getMany(store, driver, keys) },
    ...driver.clear && { clear: driver.clear.bind(driver) },
    connections: () => countConnections(store, driver),
    close: () => close(store, driver)
  };
}
async function getMany(store, driver, keys) {
  let texts;
  try {
    texts = await driver.getMany?.(keys);
    if (Array.isArray(texts) && texts.length === keys.length) {
      const list = texts;
      const isPlain = !import_node_util3.types.isProxy(list) && list.every(isTextOrAbsent);
      return isPlain ? list : Array.from(list);
    }
  } catch (error) {
    throw toDriverError(store, "rejected getMany", error);
  }
  throw toWrongAnswer(store, "resolved getMany", texts, `a list of ${keys.length} texts`);
}
function countConnections(store, driver) {
  let count;
  try {
    count = toOwnPromise(driver.connections?.());
  } catch (error) {
    throw toDriverError(store, "failed in connections", error);
  }
  if (count === void 0 || Number.isInteger(count) && Number(count) >= 0) return count;
  if (isPromise(count)) count.catch(() => {
  });
  throw toWrongAnswer(store, "counted connections", count, "a whole number");
}
async function close(store, driver) {
  try {
    await createRace(CLOSE_TIMEOUT_MS)(attempt2(() => driver.close()));
  } catch (error) {
    throw toDriverError(store, "failed to close", error);
  }
}
function isTextOrAbsent(text) {
  return text === void 0 || typeof text === "string";
}

// src/guard/circuitBreaker.ts
var MAX_TIMEOUTS = 5;
var unansweredCodes = /* @__PURE__ */ new Set([
  "CACHE_TIMEOUT",
  "CACHE_UNAVAILABLE",
  "CACHE_OVERLOADED",
  "CACHE_AUTH",
  "CACHE_CLOSED"
]);
function createCircuitBreaker(options) {
  return new Breaker(options);
}
function isAnswer(error) {
  return !unansweredCodes.has(error.code);
}
var Breaker = class {
  // Plain fields: every operation reads them.
  state = "starting";
  allowsReads = true;
  allowsWrites = true;
  answeredAtMs = -Infinity;
  #options;
  /** When the store was last found to be less than available; `undefined` while it is available. */
  #downSinceMs;
  #timeouts = 0;
  /** When the first operation of the row was sent. */
  #firstTimeoutStartedAtMs = 0;
  #stopped = false;
  constructor(options) {
    this.#options = options;
  }
  answered(atMs) {
    this.answeredAtMs = atMs;
  }
  failed(error, startedAtMs) {
    if (this.#stopped) return;
    if (error.code === "CACHE_TIMEOUT") this.#countTimeout(error, startedAtMs);
    else if (isAnswer(error)) this.answered(performance.now());
    const allowedWrites = this.state === "available" || this.state === "starting";
    if (error.code === "CACHE_READ_ONLY" && allowedWrites) this.refuseWrites(error);
  }
  open(error) {
    if (this.#stopped || this.state === "unavailable") return;
    const isNews = this.state !== "recovering";
    this.#setState("unavailable");
    this.#options.opened();
    if (!isNews) return;
    this.#downSinceMs = performance.now();
    this.#tell({ store: this.#options.store, state: "unavailable", error });
  }
  halfOpen() {
    this.#setState("recovering");
  }
  refuseWrites(error) {
    if (this.state !== "recovering") this.#downSinceMs = performance.now();
    this.#setState("read-only");
    this.#tell({ store: this.#options.store, state: "read-only", error });
  }
  close(invalidatedKeys, clearedPlugins) {
    const downMs = this.#downSinceMs === void 0 ? void 0 : performance.now() - this.#downSinceMs;
    this.#downSinceMs = void 0;
    this.#setState("available");
    this.#tell({
      store: this.#options.store,
      state: "available",
      ...downMs !== void 0 && { downMs },
      ...invalidatedKeys > 0 && { invalidatedKeys },
      ...clearedPlugins.length > 0 && { clearedPlugins }
    });
  }
  stop() {
    this.#stopped = true;
  }
  /** An answer since the first of them was sent ends the row: one slow node, or one slow answer, is not the store. */
  #countTimeout(error, startedAtMs) {
    if (this.answeredAtMs > this.#firstTimeoutStartedAtMs) this.#timeouts = 0;
    if (this.answeredAtMs > startedAtMs) return;
    if (++this.#timeouts === 1) this.#firstTimeoutStartedAtMs = startedAtMs;
    if (this.#timeouts >= MAX_TIMEOUTS) this.open(error);
  }
  #setState(state) {
    this.state = state;
    this.allowsReads = state !== "unavailable";
    this.allowsWrites = this.allowsReads && state !== "read-only";
    this.#timeouts = 0;
  }
  #tell(change) {
    this.#options.observer.onStateChange?.(change);
  }
};

// src/values/codec.ts
function encodeValue(value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    const reason = error instanceof RangeError ? "it is nested too deeply or too large" : "it holds a BigInt or a cycle, or its toJSON throws";
    throw new CacheError("CACHE_INVALID_VALUE", `Invalid value: expected JSON, but ${reason}`, { cause: error });
  }
  if (text === void 0) {
    throw new CacheError(
      "CACHE_INVALID_VALUE",
      `Invalid value: expected JSON, got ${typeof value}; to remove an entry use delete`
    );
  }
  return text;
}
function decodeValue(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CacheError("CACHE_CORRUPT", "A stored value is not JSON: something else writes to this store", {
      cause: error
    });
  }
}

// src/values/countBytes.ts
var MAX_CHARACTERS2 = 4096;
function countBytes(text) {
  if (text.length <= MAX_CHARACTERS2) return Buffer.byteLength(text);
  return Math.round(Buffer.byteLength(text.slice(0, MAX_CHARACTERS2)) / MAX_CHARACTERS2 * text.length);
}

// src/values/entryHeader.ts
var HEADER_START = "#";
var header = /^#1 (\S+) (\d+|-) /;
function withHeader(storedKey, text, expiresAtMs) {
  return `#1 ${storedKey} ${expiresAtMs ?? "-"} ${text}`;
}
function withoutHeader(storedKey, text, headerRequired, now = Date.now) {
  if (!text.startsWith(HEADER_START)) return headerRequired ? void 0 : text;
  const [whole, key, expiresAtMs] = header.exec(text) ?? [];
  if (whole === void 0 || key !== storedKey) return void 0;
  if (expiresAtMs !== "-" && Number(expiresAtMs) <= now()) return void 0;
  return text.slice(whole.length);
}
function overdueMsOf(storedKey, text, now = Date.now) {
  const [, key, expiresAtMs] = header.exec(text) ?? [];
  return key === storedKey && expiresAtMs !== "-" ? Math.max(0, now() - Number(expiresAtMs)) : 0;
}

// src/guard/entryCodec.ts
function createEntryCodec(options) {
  const { store, observer, verifyEntries, maxOverdueMs, readMethods } = options;
  function observeSize({ pluginId }, operation, json) {
    observer.onValueSize?.({ store, pluginId, operation, bytes: countBytes(json) });
  }
  return {
    encode(plugin, key, json, ttlMs) {
      observeSize(plugin, "set", json);
      if (!verifyEntries) return json;
      return withHeader(key, json, ttlMs === void 0 ? void 0 : Date.now() + ttlMs);
    },
    decode(plugin, key, text, durationMs) {
      if (typeof text !== "string") throw toWrongAnswer(store, `answered ${readMethods}`, text, "a text or undefined");
      const json = withoutHeader(key, text, verifyEntries);
      if (json === void 0) {
        const overdueMs = overdueMsOf(key, text) - durationMs;
        if (overdueMs > maxOverdueMs) throw toClockSkew(store, overdueMs);
        return void 0;
      }
      const value = decodeValue(json);
      observeSize(plugin, "get", json);
      return value;
    }
  };
}
function toClockSkew(store, overdueMs) {
  return new CacheError(
    "CACHE_CLOCK_SKEW",
    `The store '${store}' has an entry that expired ${Math.round(overdueMs / 1e3)} s ago by the clock of this machine, which differs from that of the machine that wrote it: entries are misses too early until both are set right (NTP)`
  );
}

// src/guard/operation.ts
var Operation = class extends Waiting {
  constructor(plugin, name, key, characters) {
    super();
    this.plugin = plugin;
    this.name = name;
    this.key = key;
    this.characters = characters;
  }
  plugin;
  name;
  key;
  characters;
  /** When it entered the backlog; 0 = it was sent at once. */
  queuedAtMs = 0;
  #resolve;
  /** The promise that the plugin gets. */
  result() {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
  /** Resolves the promise of the plugin, and keeps neither promise nor result. */
  settle(result) {
    const resolve = this.#resolve;
    this.#resolve = void 0;
    resolve?.(result);
  }
};
var Read = class extends Operation {
};
var Write = class extends Operation {
  constructor(plugin, name, key, characters, number) {
    super(plugin, name, key, characters);
    this.number = number;
  }
  number;
  /** Hands it to the driver; present while it waits in the backlog. */
  send = void 0;
};

// src/guard/readBatches.ts
var MAX_KEYS2 = 256;
var MAX_CHARACTERS3 = 512 * 1024;
var WEIGHT = 0.25;
function createSizeEstimate() {
  let estimate = 0;
  return {
    get characters() {
      return estimate;
    },
    found(characters) {
      estimate = Math.ceil(Math.max(characters, estimate + WEIGHT * (characters - estimate)));
    }
  };
}
function createReadBatches(get, getMany2, events, sizes) {
  return new Batches(get, getMany2, events, sizes);
}
var Batches = class {
  #get;
  #getMany;
  #events;
  #sizes;
  #send = () => this.#sendAll();
  #reads = [];
  constructor(get, getMany2, events, sizes) {
    this.#get = get;
    this.#getMany = getMany2;
    this.#events = events;
    this.#sizes = sizes;
  }
  add(read) {
    if (this.#reads.length === 0) process.nextTick(this.#send);
    this.#reads.push(read);
  }
  #sendAll() {
    const reads = this.#reads;
    this.#reads = [];
    const size = Math.max(1, Math.min(MAX_KEYS2, Math.floor(MAX_CHARACTERS3 / this.#sizes.characters)));
    for (let start = 0; start < reads.length; start += size) {
      void this.#sendBatch(reads.length <= size ? reads : reads.slice(start, start + size));
    }
  }
  /** Never rejects. */
  async #sendBatch(reads) {
    this.#events.sent(reads);
    let texts;
    try {
      const [first] = reads;
      texts = first && reads.length === 1 ? [await this.#get(first.key)] : await this.#getMany(reads.map(toKey));
    } catch (error) {
      for (const read of reads) this.#events.failed(read, error);
      return;
    }
    const nowMs = performance.now();
    let characters = 0;
    for (let index = 0; index < reads.length; index++) {
      const text = texts[index];
      if (typeof text === "string") characters += text.length;
      this.#events.answered(reads[index], text, nowMs);
    }
    this.#sizes.found(characters / reads.length);
  }
};
function toKey({ key }) {
  return key;
}

// src/guard/recovery.ts
var MIN_INTERVAL_MS = 250;
var MAX_INTERVAL_MS = 500;
var MAX_IMMEDIATE_ATTEMPTS = 10;
function createRecovery(options) {
  return new StoreRecovery(options);
}
var StoreRecovery = class {
  #options;
  /** Stale keys removed since the store was last available. */
  #invalidatedKeys = 0;
  #timer;
  #isAttempting = false;
  #attemptAgain = false;
  #immediateAttempts = 0;
  #stopped = false;
  constructor(options) {
    this.#options = options;
  }
  driverConnected() {
    const { breaker } = this.#options;
    if (this.#stopped) return;
    if (breaker.state === "starting") breaker.halfOpen();
    if (++this.#immediateAttempts > MAX_IMMEDIATE_ATTEMPTS) this.#schedule();
    else void this.#attempt();
  }
  breakerOpened() {
    this.#immediateAttempts = 0;
    this.#schedule();
  }
  staleKeyAdded() {
    this.#schedule();
  }
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
  #schedule() {
    if (this.#timer || this.#isAttempting || this.#stopped) return;
    const delayMs = MIN_INTERVAL_MS + Math.random() * (MAX_INTERVAL_MS - MIN_INTERVAL_MS);
    const attempt3 = () => {
      this.#immediateAttempts = 0;
      void this.#attempt();
    };
    this.#timer = setTimeout(attempt3, delayMs).unref();
  }
  /** One attempt at a time. One that is asked for meanwhile follows at once. */
  async #attempt() {
    const { breaker, staleKeys } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = void 0;
    this.#attemptAgain = this.#isAttempting;
    if (this.#isAttempting) return;
    this.#isAttempting = true;
    do {
      this.#attemptAgain = false;
      if (breaker.state === "unavailable" && await this.#answersProbe()) this.#halfOpen();
      if (breaker.state !== "unavailable" && !this.#stopped) await this.#invalidate();
    } while (this.#attemptAgain && !this.#stopped);
    this.#isAttempting = false;
    if (breaker.state === "unavailable" || !staleKeys.isEmpty) this.#schedule();
  }
  #halfOpen() {
    const { breaker } = this.#options;
    this.#immediateAttempts = 0;
    breaker.halfOpen();
    breaker.answered(performance.now());
  }
  async #answersProbe() {
    try {
      await this.#options.probe();
    } catch (error) {
      return isCacheError(error) && isAnswer(error);
    }
    return true;
  }
  async #invalidate() {
    const { store, observer, breaker, staleKeys } = this.#options;
    const { invalidatedKeys, clearedPlugins, forgottenKeys, readOnlyError } = await staleKeys.invalidate();
    if (breaker.state !== "available") this.#invalidatedKeys += invalidatedKeys;
    if (this.#stopped) return;
    if (forgottenKeys > 0) observer.onForgottenKeys?.({ store, keys: forgottenKeys });
    const tookWrites = !readOnlyError && (invalidatedKeys > 0 || staleKeys.isEmpty);
    if (breaker.state === "recovering" && readOnlyError) breaker.refuseWrites(readOnlyError);
    else if (breaker.state === "recovering" || breaker.state === "read-only" && tookWrites) {
      this.#close(clearedPlugins);
    }
  }
  #close(clearedPlugins) {
    const invalidatedKeys = this.#invalidatedKeys;
    this.#invalidatedKeys = 0;
    this.#immediateAttempts = 0;
    this.#options.breaker.close(invalidatedKeys, clearedPlugins);
  }
};

// src/guard/backlog.ts
var MAX_CHARACTERS4 = 256 * 1024 * 1024;
var CHARACTERS_EACH = 256;
function createBacklog() {
  return new LinkedBacklog();
}
var LinkedBacklog = class {
  #first;
  #last;
  #characters = 0;
  get isEmpty() {
    return this.#first === void 0;
  }
  get isFull() {
    return this.#characters >= MAX_CHARACTERS4;
  }
  push(operation) {
    if (this.#last) this.#last.next = operation;
    else this.#first = operation;
    this.#last = operation;
    this.#characters += charactersOf(operation);
  }
  shift() {
    const operation = this.#first;
    if (!operation) return void 0;
    this.#first = operation.next;
    if (!this.#first) this.#last = void 0;
    operation.next = void 0;
    this.#characters -= charactersOf(operation);
    return operation;
  }
};
function charactersOf(operation) {
  const ofValue = operation instanceof Write ? operation.characters : 0;
  return operation.key.length + ofValue + CHARACTERS_EACH;
}

// src/guard/sendWindow.ts
var MAX_IN_FLIGHT = 5e3;
var MAX_CHARACTERS_IN_FLIGHT = 16 * 1024 * 1024;
var MAX_BURST_TIMEOUTS = 10;
function createSendWindow(options) {
  return new BoundedWindow(options);
}
var BoundedWindow = class {
  #options;
  #backlog = createBacklog();
  #drain = () => this.#sendWaiting();
  #willDrain = false;
  /** When the first operation of the backlog was queued. */
  #burstSinceMs = 0;
  #inFlight = 0;
  #charactersInFlight = 0;
  constructor(options) {
    this.#options = options;
  }
  get isBusy() {
    return !this.#hasRoom() || !this.#backlog.isEmpty;
  }
  enter(characters) {
    this.#inFlight++;
    this.#charactersInFlight += characters;
  }
  leave(characters) {
    this.#inFlight--;
    this.#charactersInFlight -= characters;
    this.#drainSoon();
  }
  queue(operation) {
    if (this.#backlog.isFull) {
      return new CacheError("CACHE_OVERLOADED", `Too many operations wait for the store '${this.#options.store}'`);
    }
    operation.queuedAtMs = performance.now();
    if (this.#backlog.isEmpty) this.#burstSinceMs = operation.queuedAtMs;
    this.#backlog.push(operation);
    return void 0;
  }
  *takeAll() {
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) yield next;
  }
  #hasRoom() {
    return this.#inFlight < MAX_IN_FLIGHT && this.#charactersInFlight < MAX_CHARACTERS_IN_FLIGHT;
  }
  /** After all answers of this turn of the event loop, so that what they make room for is sent together. */
  #drainSoon() {
    if (this.#willDrain || this.#backlog.isEmpty) return;
    this.#willDrain = true;
    process.nextTick(this.#drain);
  }
  #sendWaiting() {
    this.#willDrain = false;
    const { answeredAtMs, send, drop } = this.#options;
    const nowMs = performance.now();
    while (this.#hasRoom()) {
      const operation = this.#backlog.shift();
      if (!operation) return;
      operation.startedAtMs = Math.max(operation.queuedAtMs, answeredAtMs());
      const error = this.#findReasonToDrop(operation, nowMs);
      if (error) drop(operation, error);
      else send(operation, nowMs);
    }
  }
  /** An operation that has waited for its whole time ends without being sent. */
  #findReasonToDrop({ startedAtMs, queuedAtMs }, nowMs) {
    const { store, commandTimeoutMs } = this.#options;
    if (nowMs - startedAtMs >= commandTimeoutMs) return toTimeoutError(commandTimeoutMs);
    const dueMs = Math.max(queuedAtMs + commandTimeoutMs, this.#burstSinceMs + MAX_BURST_TIMEOUTS * commandTimeoutMs);
    if (nowMs < dueMs) return void 0;
    return new CacheError("CACHE_OVERLOADED", `The store '${store}' has more to do than it gets done`);
  }
};

// src/guard/staleKeys.ts
var MAX_KEYS3 = 1e4;
var MAX_KEYS_OF_BURST = 1e6;
var BATCH_SIZE = 1e3;
var CLEAR_TIMEOUT_MS = 5 * 6e4;
function createStaleKeys(options) {
  return new StaleKeyList(options);
}
var StaleKeyList = class {
  #remove;
  #findClear;
  #clearFailed;
  #race = createRace(CLEAR_TIMEOUT_MS);
  /** In the order in which they are tried. */
  #keys = /* @__PURE__ */ new Map();
  /** Plugins all of whose keys are stale, by key prefix. Each failed write replaces the mark. */
  #stalePlugins = /* @__PURE__ */ new Map();
  #clearing = false;
  #forgottenKeys = 0;
  constructor({ remove, findClear, clearFailed }) {
    this.#remove = remove;
    this.#findClear = findClear;
    this.#clearFailed = clearFailed;
  }
  get isEmpty() {
    return this.#keys.size === 0 && this.#stalePlugins.size === 0;
  }
  has({ keyPrefix }, key) {
    return !this.isEmpty && (this.#keys.has(key) || this.#stalePlugins.has(keyPrefix));
  }
  add(plugin, key, write, issuedInOutage) {
    const mark = { plugin, write };
    if (this.#stalePlugins.has(plugin.keyPrefix)) {
      this.#stalePlugins.set(plugin.keyPrefix, mark);
      return;
    }
    if ((this.#keys.get(key)?.write ?? 0) > write) return;
    this.#keys.set(key, mark);
    if (this.#keys.size > (issuedInOutage ? MAX_KEYS3 : MAX_KEYS_OF_BURST)) this.#makeRoom(issuedInOutage);
  }
  replaced(key, write) {
    if (this.#keys.size === 0) return;
    const mark = this.#keys.get(key);
    if (mark && mark.write < write) this.#keys.delete(key);
  }
  async invalidate() {
    let invalidatedKeys = 0;
    let readOnlyError;
    const entries = [...this.#keys];
    for (let start = 0; start < entries.length; start += BATCH_SIZE) {
      const batch = entries.slice(start, start + BATCH_SIZE);
      const errors = await Promise.all(batch.map(([key, mark]) => this.#invalidateKey(key, mark)));
      readOnlyError ??= errors.find((error) => isCacheError(error, "CACHE_READ_ONLY"));
      const failures = errors.filter((error) => error !== void 0).length;
      invalidatedKeys += batch.length - failures;
      if (failures === batch.length) break;
    }
    if (this.#stalePlugins.size > 0 && !readOnlyError) void this.#clearPlugins();
    const forgottenKeys = this.#forgottenKeys;
    this.#forgottenKeys = 0;
    const clearedPlugins = [...this.#stalePlugins.values()].map(({ plugin }) => plugin.pluginId);
    return { invalidatedKeys, clearedPlugins, forgottenKeys, ...readOnlyError && { readOnlyError } };
  }
  /** The error, or `undefined` when the old value is gone. */
  async #invalidateKey(key, mark) {
    const isUnchanged = () => this.#keys.get(key) === mark;
    if (!isUnchanged()) return void 0;
    try {
      await this.#remove(key);
    } catch (error) {
      if (isUnchanged()) {
        this.#keys.delete(key);
        this.#keys.set(key, mark);
      }
      return error;
    }
    if (isUnchanged()) this.#keys.delete(key);
    return void 0;
  }
  /** Never rejects: the next attempt tries again. */
  async #clearPlugins() {
    if (this.#clearing) return;
    this.#clearing = true;
    for (const [keyPrefix, mark] of [...this.#stalePlugins]) {
      const isCleared = await this.#clear(keyPrefix);
      if (isCleared && this.#stalePlugins.get(keyPrefix) === mark) this.#stalePlugins.delete(keyPrefix);
    }
    this.#clearing = false;
  }
  async #clear(keyPrefix) {
    try {
      await this.#race(attempt2(() => this.#findClear()?.(keyPrefix)));
      return true;
    } catch (error) {
      this.#clearFailed(error);
      return false;
    }
  }
  /** Drops the oldest key, or in an outage all keys of the plugin with most: these are then cleared. */
  #makeRoom(issuedInOutage) {
    if (!issuedInOutage || !this.#findClear()) {
      const [oldest] = this.#keys.keys();
      if (oldest !== void 0) this.#keys.delete(oldest);
      this.#forgottenKeys++;
      return;
    }
    const counts = /* @__PURE__ */ new Map();
    for (const { plugin } of this.#keys.values()) {
      counts.set(plugin.keyPrefix, (counts.get(plugin.keyPrefix) ?? 0) + 1);
    }
    const [largest = ""] = [...counts].reduce((most, next) => next[1] > most[1] ? next : most);
    for (const [key, mark] of this.#keys) {
      if (mark.plugin.keyPrefix !== largest) continue;
      this.#keys.delete(key);
      this.#stalePlugins.set(largest, mark);
    }
  }
};

// src/guard/writesUnderWay.ts
function createWritesUnderWay(findOldest) {
  let newest;
  function find() {
    const found = /* @__PURE__ */ new Map();
    for (let waiting = findOldest(); waiting; waiting = waiting.next) {
      if (waiting instanceof Write && waiting.number > (found.get(waiting.key)?.number ?? 0))
        found.set(waiting.key, waiting);
    }
    return found;
  }
  return {
    sent(write) {
      newest?.set(write.key, write);
    },
    ended(write) {
      if (!newest) return;
      if (newest.get(write.key) === write) newest.delete(write.key);
      if (newest.size === 0) newest = void 0;
    },
    newestOf: (key) => (newest ??= find()).get(key)
  };
}

// src/guard/driverGuard.ts
var MAX_CHARACTERS_OF_READ = 64 * 1024;
function createDriverGuard(options) {
  return new Guard(options);
}
var Guard = class {
  #store;
  #observer;
  #driver;
  #entries;
  #breaker;
  #recovery;
  #staleKeys;
  #window;
  #deadlines;
  #race;
  #writesUnderWay;
  #readBatches;
  #sizes = createSizeEstimate();
  /** The key that was last bypassed: in a cluster, one node says little about the others. */
  #probeKey;
  #writes = 0;
  #closing;
  constructor(options) {
    const { store, observer, commandTimeoutMs, verifyEntries, maxOverdueMs = Infinity } = options;
    this.#store = store;
    this.#observer = observer;
    this.#probeKey = options.probeKey;
    this.#deadlines = createDeadlines(commandTimeoutMs, (operation, error) => this.#fail(operation, error));
    this.#race = createRace(commandTimeoutMs);
    this.#writesUnderWay = createWritesUnderWay(() => this.#deadlines.oldest);
    this.#staleKeys = createStaleKeys({
      remove: (key) => this.#remove(key),
      findClear: () => this.#driver.clear,
      clearFailed: (error) => this.#clearFailed(error)
    });
    this.#window = createSendWindow({
      store,
      commandTimeoutMs,
      answeredAtMs: () => this.#breaker.answeredAtMs,
      send: (operation, nowMs) => this.#sendQueued(operation, nowMs),
      drop: (operation, error) => this.#end(operation, error)
    });
    this.#breaker = createCircuitBreaker({ store, observer, opened: () => this.#breakerOpened() });
    this.#recovery = createRecovery({
      store,
      observer,
      breaker: this.#breaker,
      staleKeys: this.#staleKeys,
      probe: () => this.#race(this.#driver.get(this.#probeKey))
    });
    this.#driver = this.#createDriver(options.createDriver);
    const readMethods = this.#driver.getMany ? "get or getMany" : "get";
    this.#entries = createEntryCodec({ store, observer, verifyEntries, maxOverdueMs, readMethods });
    this.#readBatches = this.#createReadBatches(this.#driver);
  }
  get(plugin, key) {
    if (!this.#mayRead(plugin, key)) {
      this.#probeKey = key;
      this.#observe(plugin, "get", "bypass");
      return void 0;
    }
    if (this.#window.isBusy) {
      const read2 = this.#toRead(plugin, key);
      const result = read2.result();
      this.#queue(read2);
      return result;
    }
    if (this.#readBatches) {
      const read2 = this.#toRead(plugin, key);
      this.#readBatches.add(read2);
      return this.#admit(read2);
    }
    const answer = this.#driver.get(key);
    if (!isPromise(answer)) return this.#hasRead(plugin, key, answer);
    const read = this.#toRead(plugin, key);
    this.#listen(read, answer);
    this.#deadlines.add(read, performance.now());
    return this.#admit(read);
  }
  set(plugin, key, json, ttlMs) {
    if (json.length > this.#sizes.characters) this.#sizes.found(json.length);
    const send = () => this.#driver.set(key, this.#entries.encode(plugin, key, json, ttlMs), ttlMs);
    return this.#write(plugin, "set", key, send, json.length);
  }
  delete(plugin, key, operation = "delete") {
    return this.#write(plugin, operation, key, () => this.#driver.delete(key));
  }
  connections() {
    try {
      return this.#driver.connections();
    } catch (error) {
      this.#observeFault("connections", toDriverError(this.#store, "failed in connections", error));
      return void 0;
    }
  }
  close() {
    this.#breaker.stop();
    this.#recovery.stop();
    this.#bypassWaiting();
    return this.#closing ??= this.#driver.close();
  }
  #createDriver(createDriver2) {
    const host = {
      connected: () => this.#recovery.driverConnected(),
      disconnected: (error) => this.#breaker.open(error)
    };
    try {
      return createCheckedDriver(this.#store, host, createDriver2);
    } catch (error) {
      this.#breaker.stop();
      this.#recovery.stop();
      throw error;
    }
  }
  #createReadBatches({ get, getMany: getMany2 }) {
    if (!getMany2) return void 0;
    const events = {
      sent: (reads) => this.#batchSent(reads),
      answered: (read, text, atMs) => this.#answer(read, text, atMs),
      failed: (read, error) => this.#reject(read, error)
    };
    return createReadBatches(get, getMany2, events, this.#sizes);
  }
  #breakerOpened() {
    this.#recovery.breakerOpened();
    this.#bypassWaiting();
  }
  #write(plugin, name, key, send, characters = 0) {
    const number = ++this.#writes;
    if (this.#closing) {
      this.#observe(plugin, name, "bypass");
      return void 0;
    }
    if (!this.#breaker.allowsWrites) {
      this.#probeKey = key;
      this.#makeStale(plugin, key, number, true);
      this.#observe(plugin, name, "bypass");
      return void 0;
    }
    if (this.#window.isBusy) {
      const write2 = new Write(plugin, name, key, characters, number);
      const result = write2.result();
      write2.send = send;
      this.#queue(write2);
      return result;
    }
    let sent;
    try {
      sent = send();
    } catch (error) {
      const write2 = new Write(plugin, name, key, characters, number);
      const result = this.#waitForWrite(write2);
      this.#rejectWrite(write2, error);
      return result;
    }
    if (!isPromise(sent)) {
      this.#staleKeys.replaced(key, number);
      this.#observe(plugin, name, "ok");
      return void 0;
    }
    const write = new Write(plugin, name, key, characters, number);
    this.#listen(write, sent);
    return this.#waitForWrite(write);
  }
  #waitForWrite(write) {
    this.#writesUnderWay.sent(write);
    this.#deadlines.add(write, performance.now());
    return this.#admit(write);
  }
  #mayRead(plugin, key) {
    return this.#breaker.allowsReads && !this.#staleKeys.has(plugin, key) && !this.#closing;
  }
  #toRead(plugin, key) {
    return new Read(plugin, "get", key, Math.min(this.#sizes.characters, MAX_CHARACTERS_OF_READ));
  }
  /** Makes it wait; when too many wait already, it ends at once. */
  #queue(operation) {
    const error = this.#window.queue(operation);
    if (error) this.#end(operation, error);
  }
  /** Sends an operation of the backlog. */
  #sendQueued(operation, nowMs) {
    const { plugin, key } = operation;
    const isWanted = operation instanceof Read ? this.#mayRead(plugin, key) : this.#breaker.allowsWrites;
    if (!isWanted) return this.#bypass(operation);
    this.#window.enter(operation.characters);
    if (operation instanceof Read && this.#readBatches) return this.#readBatches.add(operation);
    this.#deadlines.add(operation, operation.startedAtMs, nowMs);
    if (operation instanceof Write) return this.#sendWrite(operation);
    this.#listen(operation, this.#driver.get(key));
  }
  #sendWrite(write) {
    const { send = () => {
    } } = write;
    write.send = void 0;
    this.#writesUnderWay.sent(write);
    let sent;
    try {
      sent = send();
    } catch (error) {
      return this.#rejectWrite(write, error);
    }
    this.#listen(write, sent);
  }
  /** Ends an operation without sending it, as the store is away. */
  #bypass(operation) {
    const { plugin, name, key } = operation;
    if (operation instanceof Write) this.#makeStale(plugin, key, operation.number);
    this.#observe(plugin, name, "bypass");
    operation.settle(void 0);
  }
  #bypassWaiting() {
    for (const operation of this.#window.takeAll()) this.#bypass(operation);
  }
  #listen(operation, answer) {
    Promise.resolve(answer).then(
      (text) => this.#answer(operation, text),
      (error) => operation instanceof Read ? this.#reject(operation, error) : this.#rejectWrite(operation, error)
    );
  }
  /** All reads of one round trip start at one look at the clock, which costs a tenth of an operation. */
  #batchSent(reads) {
    const nowMs = performance.now();
    for (const read of reads) this.#deadlines.add(read, read.startedAtMs || nowMs, nowMs);
    this.#observer.onReadBatch?.({ store: this.#store, reads: reads.length });
  }
  #admit(operation) {
    this.#window.enter(operation.characters);
    return operation.result();
  }
  #answer(operation, text, atMs = performance.now()) {
    if (!this.#deadlines.remove(operation)) return;
    const { plugin, name, key, startedAtMs } = operation;
    this.#window.leave(operation.characters);
    this.#breaker.answered(atMs);
    if (operation instanceof Read) {
      if (!this.#readBatches) this.#sizes.found(typeof text === "string" ? text.length : 0);
      operation.settle(this.#hasRead(plugin, key, text, atMs - startedAtMs));
    } else {
      this.#writesUnderWay.ended(operation);
      this.#staleKeys.replaced(key, operation.number);
      this.#observe(plugin, name, "ok", atMs - startedAtMs);
      operation.settle(void 0);
    }
  }
  #reject(operation, cause) {
    if (this.#deadlines.remove(operation)) this.#fail(operation, this.#toCacheError(operation.name, cause));
  }
  #rejectWrite(write, cause) {
    const hasNoRoom = isCacheError(cause, "CACHE_TOO_LARGE") || isCacheError(cause, "CACHE_FULL");
    if (!hasNoRoom || this.#writesUnderWay.newestOf(write.key) !== write) return this.#reject(write, cause);
    const removed = attempt2(() => this.#driver.delete(write.key));
    if (!isPromise(removed)) return this.#rejectRemoved(write, cause);
    removed.then(
      () => this.#rejectRemoved(write, cause),
      () => this.#reject(write, cause)
    );
  }
  #rejectRemoved(write, cause) {
    if (!this.#deadlines.remove(write)) return;
    this.#staleKeys.replaced(write.key, write.number);
    this.#fail(write, this.#toCacheError(write.name, cause), false);
  }
  #fail(operation, error, leavesOldValue = true) {
    this.#window.leave(operation.characters);
    this.#end(operation, error, leavesOldValue);
  }
  /** Ends an operation with an error: a miss, or a write that was not made. */
  #end(operation, error, leavesOldValue = true) {
    const { plugin, name, key } = operation;
    const startedAtMs = operation.startedAtMs || operation.queuedAtMs;
    this.#breaker.failed(error, startedAtMs);
    if (operation instanceof Write) {
      this.#writesUnderWay.ended(operation);
      if (leavesOldValue) this.#makeStale(plugin, key, operation.number);
    }
    this.#observe(plugin, name, "error", startedAtMs && performance.now() - startedAtMs, error);
    operation.settle(void 0);
  }
  #hasRead(plugin, key, text, durationMs = 0) {
    let value;
    try {
      if (text !== void 0) value = this.#entries.decode(plugin, key, text, durationMs);
    } catch (cause) {
      this.#observe(plugin, "get", "error", durationMs, this.#toCacheError("get", cause));
      return void 0;
    }
    this.#observe(plugin, "get", value === void 0 ? "miss" : "hit", durationMs);
    return value;
  }
  #makeStale(plugin, key, write, issuedInOutage = false) {
    this.#staleKeys.add(plugin, key, write, issuedInOutage);
    this.#recovery.staleKeyAdded();
  }
  /** Removes the old value under a stale key. */
  async #remove(key) {
    if (this.#writesUnderWay.newestOf(key)) throw new CacheError("CACHE_UNAVAILABLE", "The key is being written");
    const startedAtMs = performance.now();
    this.#window.enter(0);
    try {
      await this.#race(this.#driver.delete(key));
      this.#breaker.answered(performance.now());
    } catch (cause) {
      const error = this.#toCacheError("delete", cause);
      this.#breaker.failed(error, startedAtMs);
      throw error;
    } finally {
      this.#window.leave(0);
    }
  }
  #observe({ pluginId }, operation, result, durationMs = 0, error) {
    if (!this.#observer.onOperation) return;
    const seen = { store: this.#store, pluginId, operation, result, durationMs };
    this.#observer.onOperation(error ? { ...seen, error } : seen);
  }
  #toCacheError(method, cause) {
    return toDriverError(this.#store, `rejected ${method}`, cause);
  }
  #clearFailed(cause) {
    if (this.#breaker.allowsReads) this.#observeFault("clear", toDriverError(this.#store, "rejected clear", cause));
  }
  #observeFault(method, error) {
    this.#observer.onDriverFault?.({ store: this.#store, method, error });
  }
};

// src/guard/protectObserver.ts
function protectObserver(observer) {
  let hasWarned = false;
  const warn = (error) => {
    if (hasWarned) return;
    hasWarned = true;
    const reason = toReason(error);
    process.emitWarning(`The observer of the cache has thrown; this and its later faults are ignored: ${reason}`, {
      type: "CacheObserverWarning"
    });
  };
  const protect = (listen) => {
    if (!listen) return void 0;
    return (seen) => {
      try {
        const result = toOwnPromise(listen(seen));
        if (isPromise(result)) result.then(void 0, warn);
      } catch (error) {
        warn(error);
      }
    };
  };
  const onOperation = protect(observer.onOperation?.bind(observer));
  const onStateChange = protect(observer.onStateChange?.bind(observer));
  const onValueSize = protect(observer.onValueSize?.bind(observer));
  const onReadBatch = protect(observer.onReadBatch?.bind(observer));
  const onForgottenKeys = protect(observer.onForgottenKeys?.bind(observer));
  const onDriverFault = protect(observer.onDriverFault?.bind(observer));
  return {
    ...onOperation && { onOperation },
    ...onStateChange && { onStateChange },
    ...onValueSize && { onValueSize },
    ...onReadBatch && { onReadBatch },
    ...onForgottenKeys && { onForgottenKeys },
    ...onDriverFault && { onDriverFault }
  };
}
function toReason(error) {
  try {
    return error instanceof Error ? error.stack ?? error.message : String(error);
  } catch {
    return describeKind(error);
  }
}

// src/pluginCache.ts
function createPluginCache(plugin, guard, keyCache, defaultTtlMs) {
  return new PluginCache(plugin, guard, keyCache, defaultTtlMs);
}
var PluginCache = class _PluginCache {
  #plugin;
  #guard;
  #keyCache;
  #defaultTtlMs;
  constructor(plugin, guard, keyCache, defaultTtlMs) {
    this.#plugin = plugin;
    this.#guard = guard;
    this.#keyCache = keyCache;
    this.#defaultTtlMs = defaultTtlMs;
  }
  get(key) {
    return toPromise(() => this.#guard.get(this.#plugin, this.#toStoredKey(key)));
  }
  set(key, value, options) {
    return toPromise(() => {
      const storedKey = this.#toStoredKey(key);
      const text = encodeValue(value);
      const ttl = options?.ttl === void 0 ? this.#defaultTtlMs : toTtl(options.ttl);
      if (ttl === "expired") return this.#guard.delete(this.#plugin, storedKey, "set");
      return this.#guard.set(this.#plugin, storedKey, text, ttl);
    });
  }
  delete(key) {
    return toPromise(() => this.#guard.delete(this.#plugin, this.#toStoredKey(key)));
  }
  // Backstage's own cache takes none at all, though its type does not.
  withOptions(options) {
    const defaultTtl = options?.defaultTtl;
    const defaultTtlMs = defaultTtl === void 0 ? this.#defaultTtlMs : toDefaultTtl(defaultTtl);
    return new _PluginCache(this.#plugin, this.#guard, this.#keyCache, defaultTtlMs);
  }
  #toStoredKey(key) {
    return this.#keyCache.toStoredKey(this.#plugin.keyPrefix, key);
  }
};
function toPromise(run2) {
  try {
    return Promise.resolve(run2());
  } catch (error) {
    return Promise.reject(error);
  }
}

// src/cacheManager.ts
var PROBE_PLUGIN = "greenroom";
function createCacheManager(options) {
  const { driver: definition, driverOptions, observer = {} } = options;
  assertDriverDefinition(definition);
  assertNoPromise(definition.store, "parseOptions", driverOptions);
  const policy = readPolicy(definition, driverOptions);
  const { namespace, keyPrefixSeparator, commandTimeoutMs = 500, verifyEntries = false, maxOverdueMs } = policy;
  const defaultTtlMs = options.defaultTtl === void 0 ? void 0 : toDefaultTtl(options.defaultTtl);
  const guard = createDriverGuard({
    store: definition.store,
    createDriver: (host) => createDriver(definition, driverOptions, host),
    probeKey: `${toKeyPrefix(PROBE_PLUGIN, namespace, keyPrefixSeparator)}probe`,
    commandTimeoutMs,
    verifyEntries,
    maxOverdueMs,
    observer: protectObserver(observer)
  });
  const keyCache = createKeyCache();
  return {
    forPlugin(pluginId) {
      const keyPrefix = toKeyPrefix(pluginId, namespace, keyPrefixSeparator);
      const ownId = keyPrefix.slice(-pluginId.length - 1, -1);
      return createPluginCache({ pluginId: ownId, keyPrefix }, guard, keyCache, defaultTtlMs);
    },
    connections: () => guard.connections(),
    close: () => guard.close()
  };
}

// src/config/unknownKeys.ts
function findUnknownKeys(value, path, read, known) {
  const paths = [`${path}.`, ...read, ...known.map((name) => `${path}.${name}`)];
  const unknown = [];
  function visit(content, contentPath) {
    if (content === void 0 || content === null || read.has(contentPath)) return;
    const isList = Array.isArray(content);
    if (typeof content === "object" && paths.some((each) => each.startsWith(contentPath + (isList ? "[" : ".")))) {
      for (const [key, child] of Object.entries(content)) {
        visit(child, contentPath + (isList ? `[${key}]` : `.${key}`));
      }
    } else if (!paths.includes(contentPath)) {
      const nearest = findNearest(contentPath, paths);
      unknown.push({ path: contentPath, ...nearest !== void 0 && { nearest } });
    }
  }
  visit(value, path);
  return unknown;
}
function findNearest(path, paths) {
  const { parent, name } = split(path);
  const siblings = paths.filter((each) => each.startsWith(parent)).map((each) => /^[^.[]*/.exec(each.slice(parent.length))?.[0] ?? "");
  const [best] = [...new Set(siblings)].filter(Boolean).filter((sibling) => Math.abs(name.length - sibling.length) <= Math.max(name.length, sibling.length) / 3).map((sibling) => ({ sibling, distance: editDistance(name.toLowerCase(), sibling.toLowerCase()) })).filter(({ sibling, distance }) => distance <= Math.max(name.length, sibling.length) / 3).sort((a, b) => a.distance - b.distance);
  if (best) return parent + best.sibling;
  return paths.find((each) => split(each).name.toLowerCase() === name.toLowerCase());
}
function split(path) {
  const end = path.lastIndexOf(".") + 1;
  return { parent: path.slice(0, end), name: path.slice(end) };
}
function editDistance(from, to) {
  const rows = Array.from({ length: from.length + 1 }, (_, row) => [row]);
  const at = (row, column) => rows[row]?.[column] ?? column;
  for (let row = 1; row <= from.length; row++) {
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? at(row - 2, column - 2) + 1 : Infinity;
      rows[row]?.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(from.length, to.length);
}

// src/config/createConfigSource.ts
function createConfigSource(value, path, warn = () => {
}) {
  const read = /* @__PURE__ */ new Set();
  return {
    ...createSection(value, path, warn, read),
    pathsRead: () => new Set(read),
    unknownKeys: (known) => findUnknownKeys(value, path, read, known)
  };
}
function createSection(value, path, warn, read) {
  const invalidAt = (fullPath, expected) => new CacheError("CACHE_CONFIG", `Invalid configuration at '${fullPath}': expected ${expected}`);
  const invalid2 = (key, expected) => invalidAt(`${path}.${key}`, expected);
  function find(key) {
    let current = value;
    let currentPath = path;
    for (const part of key.split(".")) {
      if (current === void 0 || current === null) return void 0;
      if (!isObject(current)) throw invalidAt(currentPath, "an object");
      current = Object.hasOwn(current, part) ? current[part] : void 0;
      currentPath += `.${part}`;
    }
    return current ?? void 0;
  }
  function getOptional(key) {
    read.add(`${path}.${key}`);
    return find(key);
  }
  function getOptionalDurationMs(key) {
    const duration = getOptional(key);
    if (duration === void 0) return void 0;
    const ms = toMs(duration, `${path}.${key}`);
    if (!(ms > 0)) throw invalid2(key, "a duration above 0");
    return ms;
  }
  function toSection(content, key) {
    if (!isObject(content)) throw invalid2(key, "an object");
    return createSection(content, `${path}.${key}`, warn, read);
  }
  return {
    path,
    keys: () => isObject(value) ? Object.keys(value) : [],
    getOptional,
    hasSection: (key) => isObject(find(key)),
    getOptionalSection(key) {
      read.add(`${path}.${key}.`);
      const content = find(key);
      return content === void 0 ? void 0 : toSection(content, key);
    },
    getOptionalSections(key) {
      read.add(`${path}.${key}[`);
      const list = find(key);
      if (list === void 0) return void 0;
      if (!Array.isArray(list)) throw invalid2(key, "a list");
      return list.map((content, index) => toSection(content, `${key}[${index}]`));
    },
    getOptionalDurationMs,
    invalid: invalid2,
    warn(key, text) {
      read.add(`${path}.${key}`);
      warn(`'${path}.${key}' ${text}`);
    },
    getOptionalString(key) {
      const text = getOptional(key);
      if (text !== void 0 && typeof text !== "string") throw invalid2(key, "text");
      return text;
    },
    getOptionalBoolean(key) {
      const flag = getOptional(key);
      if (flag === void 0 || typeof flag === "boolean") return flag;
      const text = typeof flag === "object" ? "" : String(flag).trim();
      if (/^(?:y|yes|true|1|on)$/i.test(text)) return true;
      if (/^(?:n|no|false|0|off)$/i.test(text)) return false;
      throw invalid2(key, "true or false");
    },
    getOptionalInteger(key, minimum) {
      const raw = getOptional(key);
      if (raw === void 0) return void 0;
      const number = toNumber(raw);
      if (!Number.isSafeInteger(number) || number < minimum)
        throw invalid2(key, `a whole number of at least ${minimum}`);
      return number;
    }
  };
}
function toMs(duration, path) {
  if (typeof duration === "number") return duration;
  try {
    return typeof duration === "string" ? durationTextToMs(duration) : durationObjectToMs(withNumbers(duration));
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    const shown = typeof duration === "string" && /^[\w .,+-]{0,30}$/.test(duration) ? ` '${duration}'` : "";
    throw new CacheError("CACHE_CONFIG", `Invalid duration${shown} in config at '${path}': ${error.message}`);
  }
}
function withNumbers(duration) {
  if (!isObject(duration)) return duration;
  return Object.fromEntries(
    Object.entries(duration).filter(([, amount]) => amount !== null).map(([unit, amount]) => [unit, toNumber(amount)])
  );
}
function toNumber(value) {
  if (typeof value === "number") return value;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
  return Number.isFinite(number) ? number : NaN;
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  CacheError,
  assertDriverDefinition,
  assertNamespacePart,
  cacheErrorCodes,
  createCacheManager,
  createCommonSchema,
  createConfigSource,
  isCacheError,
  parseDriverOptions,
  readCacheConfig,
  readConnection,
  readOptions,
  readTlsSettings,
  timeoutOptions,
  tlsOption,
  toConfigSchema
});
//# sourceMappingURL=index.cjs.map