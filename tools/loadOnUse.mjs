import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * A Jest transform for CommonJS code that Rollup has written, such as that of Backstage's packages. It delays the loading of each module
 * until a member of it is first used.
 *
 * Jest evaluates modules again for each test file. `@backstage/backend-test-utils` alone loads 2,700, mostly clients of clouds and
 * databases, which no test here uses. They would cost two seconds in each test file that starts a backend.
 */
const imported = /^(?:var|const) ([\w$]+) = require\('([^']+)'\);$/gm;
const converted = /^var ([\w$]+) = \/\*#__PURE__\*\/(_interop\w+)\(([\w$]+)\);$/gm;
const reexported = /^exports\.([\w$]+) = ([\w$]+)\.([\w$]+);$/gm;

const onUse = 'function onUse(load) { return new Proxy({}, { get: (_, member) => load()[member] }); }';

export function loadOnUse(source) {
  const rest = source.replace(imported, '').replace(converted, '');
  const modules = new Map(
    [...source.matchAll(imported)]
      .filter(([, name, id]) => !id.startsWith('node:') && hasMembersOnly(rest, name))
      .map(([, name, id]) => [name, `require('${id}')`]),
  );
  const code = source
    .replace(imported, (line, name) =>
      modules.has(name) ? `const ${name} = onUse(() => ${modules.get(name)});` : line,
    )
    .replace(converted, (line, name, convert, from) =>
      modules.has(from) ? `const ${name} = onUse(() => ${convert}(${modules.get(from)}));` : line,
    )
    .replace(reexported, (line, name, from, member) =>
      modules.has(from)
        ? `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => ${from}.${member} });`
        : line,
    );
  // The function comes last, so that 'use strict' stays in the first line and all lines keep their numbers.
  return `${code}\n${onUse}\n`;
}

function getCacheKey(source, path, { configString, instrument }) {
  const parts = [readFileSync(new URL(import.meta.url), 'utf8'), source, path, configString, String(instrument)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Whether only members of a variable are used. A module that is called or passed on must be loaded at once. */
function hasMembersOnly(source, name) {
  return !new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$.])`).test(source);
}

/** Jest asks for a default export. */
export default { process: source => ({ code: loadOnUse(source) }), getCacheKey };
