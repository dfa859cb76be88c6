import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * A transform of Jest for CommonJS as Rollup writes it, such as the packages of Backstage: each module is loaded when a member of it
 * is first used, and no sooner.
 *
 * Jest evaluates modules anew for each test file. `@backstage/backend-test-utils` alone has 2,700, most of them the clients of
 * clouds and databases, which no test here uses: two seconds of each test file that starts a backend.
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
  // Last, so that the first line still says 'use strict', and each line keeps its number.
  return `${code}\n${onUse}\n`;
}

function getCacheKey(source, path, { configString, instrument }) {
  const parts = [readFileSync(new URL(import.meta.url), 'utf8'), source, path, configString, String(instrument)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Whether members are all that is used of a variable: a module that is itself called, or handed on, has to be there. */
function hasMembersOnly(source, name) {
  return !new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$.])`).test(source);
}

/** Jest asks for a default export. */
export default { process: source => ({ code: loadOnUse(source) }), getCacheKey };
