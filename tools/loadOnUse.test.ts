import { compileFunction } from 'node:vm';
import { loadOnUse } from './loadOnUse.mjs';

/** Runs a module whose `require` finds `modules`. Returns which of them it has loaded. */
function run(source: string, modules: Record<string, unknown>) {
  const loaded: string[] = [];
  const exports: Record<string, unknown> = {};
  const load = (id: string) => {
    loaded.push(id);
    return modules[id];
  };
  const evaluate = compileFunction(loadOnUse(source), ['require', 'exports']) as (...scope: unknown[]) => void;
  evaluate(load, exports);
  return { loaded, exports };
}

it('a module is loaded when one of its members is used', () => {
  const { loaded, exports } = run(
    `'use strict';
var shapes = require('shapes');
exports.isSquare = value => value instanceof shapes.Square;`,
    { shapes: { Square: Map } },
  );
  expect(loaded).toEqual([]);

  const isSquare = exports.isSquare as (value: unknown) => boolean;
  expect([isSquare(new Map()), isSquare(new Set())]).toEqual([true, false]);
  expect(new Set(loaded)).toEqual(new Set(['shapes']));
});

it('a module whose class is extended is loaded at once', () => {
  const { loaded, exports } = run(
    `var errors = require('errors');
class Missing extends errors.Failure {}
exports.Missing = Missing;`,
    { errors: { Failure: RangeError } },
  );
  expect(loaded).toEqual(['errors']);
  expect(Object.getPrototypeOf(exports.Missing)).toBe(RangeError);
});

it.each([
  ['called', 'exports.result = () => fetch$1(1);'],
  ['used as a value', 'exports.result = [fetch$1];'],
  ['exported', 'exports.fetch = fetch$1;'],
])('a module that is itself %s is loaded at once', (_, use) => {
  expect(run(`var fetch$1 = require('fetch');\n${use}`, { fetch: () => undefined }).loaded).toEqual(['fetch']);
});

it('a Node module and a module required for its side effects are loaded at once', () => {
  const source = `require('effects');\nvar fs = require('node:fs');\nexports.read = () => fs.read();`;
  expect(run(source, {}).loaded).toEqual(['effects', 'node:fs']);
});

it('the default export of a module is loaded when it is used', () => {
  const { loaded, exports } = run(
    `function _interopDefaultCompat (e) { return e && typeof e === 'object' && 'default' in e ? e : { default: e }; }

var Router = require('router');

var Router__default = /*#__PURE__*/_interopDefaultCompat(Router);
exports.createRouter = () => Router__default.default();`,
    { router: () => 'routes' },
  );
  expect(loaded).toEqual([]);
  expect((exports.createRouter as () => unknown)()).toBe('routes');
});

it('the exports of an index are listed at once and loaded when they are used', () => {
  const { loaded, exports } = run(`var square = require('./square');\nexports.area = square.area;`, {
    './square': { area: 4 },
  });
  expect(Object.keys(exports)).toEqual(['area']);
  expect(loaded).toEqual([]);
  expect(exports.area).toBe(4);
});

it('each line keeps its number, and the first one remains "use strict"', () => {
  const source = `'use strict';\nvar square = require('./square');\nexports.area = square.area;`;
  const lines = loadOnUse(source).split('\n');
  expect(lines[0]).toBe(`'use strict';`);
  expect(lines[1]).toContain(`require('./square')`);
  expect(lines[2]).toContain('square.area');
});
