// Which modules may import which, types included. tools/packages.test.ts tests which packages a package may depend on at all.

const tests = '\\.test\\.ts$|/testSupport/';
/** Packages that are not drivers and may import Backstage. */
const ofBackstage = 'cache-(?:backstage|cli|plugin)/';
const template = '^packages/create-cache-driver/template/';
/** Matches these packages by their resolved paths, or by their names where nothing is built. */
const packagesNamed = names => `^(@greenroom|packages|internal|examples)/(${names})(/|$)`;

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** The layers of a package: from which folders each folder may import, besides itself. Files outside the folders may import from all. */
function layers(source, folders, { top = [], exceptIn } = {}) {
  const known = [...Object.keys(folders), ...top].join('|');
  return [
    rule(
      `${source}: folder without a layer`,
      'Give the folder its place in .dependency-cruiser.mjs',
      { path: `^${source}/(?!(${known})/)[^/]+/` },
      {},
    ),
    ...Object.entries(folders).map(([folder, below]) =>
      rule(
        `${source}: layer ${folder}`,
        `${folder}/ imports from ${below.length > 0 ? `${below.join(', ')} and no other folder` : 'no other folder'}`,
        { path: `^${source}/${folder}/`, ...(exceptIn && { pathNot: exceptIn }) },
        { path: `^${source}/`, pathNot: `^${source}/(${[folder, ...below].join('|')})/` },
      ),
    ),
  ];
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule('no circles', 'Move what both need into a file of its own', {}, { circular: true }),
    rule('tests at the end', 'Nothing imports a test file', {}, { path: '\\.test\\.ts$' }),
    rule(
      'packages by name',
      'Import a package by its name, never by the way to its folder',
      { path: '^(packages|internal)/([^/]+)/' },
      { path: '^(packages|internal|examples|bench|tools|trials)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    ),
    rule(
      'core stands alone',
      'cache-core imports nothing outside node:*',
      { path: '^packages/cache-core/src/', pathNot: tests },
      { pathNot: '^packages/cache-core/src/', dependencyTypesNot: ['core'] },
    ),
    rule(
      'the creator stands alone',
      'create-cache-driver imports nothing outside node:*',
      { path: '^packages/create-cache-driver/src/', pathNot: tests },
      { pathNot: '^packages/create-cache-driver/src/', dependencyTypesNot: ['core'] },
    ),
    // Every package in `packages/` is a driver, except core, the creator and those that may import Backstage. The creator's template does
    // not count as a part of the creator: it is a third-party driver.
    rule(
      'drivers without Backstage',
      'A driver does not import Backstage',
      { path: `^(packages|internal)/(?!${ofBackstage})`, pathNot: template },
      { path: '(^|/node_modules/)@backstage/' },
    ),
    rule(
      'drivers on their own',
      'A driver imports core, and no other driver',
      { path: `^(packages|internal)/((?!${ofBackstage})[^/]+)/`, pathNot: template },
      { path: packagesNamed('[^/]+'), pathNot: [packagesNamed('cache-core|redis-common|test-servers'), '^$1/$2/'] },
    ),
    rule(
      'adapter without drivers',
      'The adapter loads a driver by import(), and only when it is chosen',
      { path: '^packages/cache-backstage/src/', pathNot: tests },
      { path: packagesNamed('[^/]+'), pathNot: packagesNamed('cache-(core|memory|backstage)'), dynamic: false },
    ),
    rule(
      'program without drivers',
      'The program finds the packages of stores in the app that it looks at',
      { path: '^packages/cache-cli/src/', pathNot: tests },
      { path: packagesNamed('[^/]+'), pathNot: packagesNamed('cache-(core|cli)|redis-common') },
    ),
    rule(
      'plugin without drivers',
      'The plugin imports core and the adapter, and no driver',
      { path: '^packages/cache-plugin/src/', pathNot: tests },
      { path: packagesNamed('[^/]+'), pathNot: packagesNamed('cache-(core|backstage|plugin)') },
    ),
    rule(
      'nothing for tests is published',
      'What is published imports nothing that is there for tests',
      {
        path: '^(packages|internal/redis-common)/',
        pathNot: [tests, template, '^packages/cache-core/src/testing/', '/dist/'],
      },
      {
        path: [
          packagesNamed('test-servers'),
          '/testSupport/',
          '^@greenroom/[^/]+/testing$',
          '^packages/cache-core/(src/testing/|dist/testing\\.)',
        ],
      },
    ),
    rule(
      'test servers stand alone',
      'The test servers import no other package',
      { path: '^internal/test-servers/' },
      { path: packagesNamed('(?!test-servers(/|$))[^/]+') },
    ),
    ...layers(
      'packages/cache-core/src',
      {
        contract: [],
        keys: ['contract'],
        values: ['contract'],
        config: ['contract'],
        near: ['contract', 'values'],
        guard: ['contract', 'keys', 'values', 'near'],
        connection: ['contract', 'config'],
        extended: ['contract', 'keys', 'values', 'near', 'guard'],
      },
      // The conformance suite uses core as the author of a driver does. A test may import from layers above its own.
      { top: ['testing'], exceptIn: tests },
    ),
    ...layers(
      'packages/cache-memcache/src',
      { protocol: [], options: [], connection: ['protocol', 'options'] },
      { top: ['testSupport'], exceptIn: tests },
    ),
    ...layers(
      'packages/cache-backstage/src',
      { drivers: [], figures: [], log: [], metrics: ['figures'], operator: ['figures', 'log'] },
      { top: ['documentTests', 'storeTests', 'testSupport'], exceptIn: tests },
    ),
    ...layers(
      'packages/cache-cli/src',
      {
        output: [],
        usage: ['output'],
        config: ['usage'],
        drivers: ['usage', 'config'],
        sources: ['usage', 'config', 'drivers'],
        doctor: [],
        commands: ['usage', 'output', 'config', 'drivers', 'sources', 'doctor'],
      },
      { top: ['programTests', 'testSupport'], exceptIn: tests },
    ),
    ...layers(
      'packages/cache-plugin/src',
      { access: [], operations: ['access'], actions: ['operations'], http: ['operations'] },
      { top: ['testSupport'], exceptIn: tests },
    ),
    ...layers(
      'internal/redis-common/src',
      {
        config: [],
        errors: ['config'],
        connection: ['config', 'errors'],
        commands: ['errors', 'connection'],
        cluster: ['config', 'errors', 'connection'],
        sentinel: ['config', 'errors', 'connection'],
      },
      { top: ['testSupport'], exceptIn: tests },
    ),
    ...layers('internal/test-servers/src', {
      helpers: [],
      drivers: ['helpers'],
      protocol: ['helpers'],
      engines: ['helpers'],
      servers: ['helpers', 'protocol', 'engines'],
      topologies: ['helpers', 'protocol', 'engines', 'servers'],
      staleness: ['helpers', 'protocol', 'servers', 'topologies'],
      jest: ['helpers', 'protocol', 'engines', 'servers', 'topologies'],
    }),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
