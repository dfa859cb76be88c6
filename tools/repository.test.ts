import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fillRepository } from './fillRepository.mjs';
import { readRepositoryUrl, toPublishedReadme, toRepositoryUrl } from './repository.mjs';

const root = join(__dirname, '..');
const url = 'https://code.example/acme/cache';

describe('the address of the repository', () => {
  it.each([url, `${url}/`, `${url}.git`])('is accepted as %s', given => {
    expect(toRepositoryUrl(given)).toBe(url);
  });

  it.each([
    ['acme/cache', 'is no URL'],
    ['git@code.example:acme/cache.git', 'is no URL'],
    ['ssh://git@code.example/acme/cache', 'does not begin with https://'],
    ['http://code.example/acme/cache', 'does not begin with https://'],
    ['https://me:secret@code.example/acme/cache', 'without a user name or a password'],
    [`${url}?tab=readme`, 'has a ? or a #'],
    [`${url}#readme`, 'has a ? or a #'],
    ['https://code.example/acme', 'names no owner and repository'],
  ])('is refused as %s with the error: %s', (given, problem) => {
    expect(() => toRepositoryUrl(given)).toThrow(problem);
    expect(() => toRepositoryUrl(given)).toThrow('such as https://host/owner/name');
  });

  it('is never shown with its password in an error', () => {
    expect(() => toRepositoryUrl('https://me:secret@code.example/acme/cache')).not.toThrow('secret');
  });
});

describe('setting the address of the repository', () => {
  let folder: string;
  const original = {
    'package.json': { name: 'root', license: 'Apache-2.0', repository: '', type: 'module' },
    'packages/cache-acme/package.json': { name: '@greenroom/cache-acme', license: 'Apache-2.0', type: 'module' },
    'catalog-info.yaml':
      'metadata:\n  annotations:\n    # set-repository: backstage.io/source-location: url:{url}/\nspec: {}\n',
    '.github/ISSUE_TEMPLATE/config.yml':
      'contact_links:\n  # set-repository: - name: Questions\n  # set-repository:   url: {url}/a?b\n',
    'SECURITY.md': 'Report:\n\n<!-- set-repository: [Report it]({url}/report). -->\n\n## Threats\n',
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-repository-'));
    for (const [path, content] of Object.entries(original)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      const text = typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`;
      writeFileSync(join(folder, path), text);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const readAll = () => Object.fromEntries(Object.keys(original).map(path => [path, read(path)]));

  it('adds it to the manifest of each package, after the licence', () => {
    fillRepository(url, folder);
    expect(read('packages/cache-acme/package.json')).toBe(`{
  "name": "@greenroom/cache-acme",
  "license": "Apache-2.0",
  "homepage": "${url}/tree/main/packages/cache-acme#readme",
  "bugs": {
    "url": "${url}/issues"
  },
  "repository": {
    "type": "git",
    "url": "git+${url}.git",
    "directory": "packages/cache-acme"
  },
  "type": "module"
}
`);
    expect(readRepositoryUrl(folder)).toBe(url);
  });

  it('fills the marked lines of documents', () => {
    fillRepository(url, folder);
    expect(read('catalog-info.yaml')).toContain(`:{url}/\n    backstage.io/source-location: url:${url}/\nspec`);
    expect(read('.github/ISSUE_TEMPLATE/config.yml')).toMatch(/\n {2}- name: Questions\n {4}url: .*\/a\?b\n$/);
    expect(read('SECURITY.md')).toMatch(
      /-->\n\n\[Report it\]\(https:\/\/code\.example\/acme\/cache\/report\)\.\n\n## Threats\n$/,
    );
  });

  it('changes nothing when it is done again', () => {
    expect(fillRepository(url, folder).sort()).toEqual(Object.keys(original).sort());
    const filled = readAll();
    expect(fillRepository(url, folder)).toEqual([]);
    expect(readAll()).toEqual(filled);
  });

  it('replaces an earlier address, and an empty address removes it', () => {
    const empty = readAll();
    fillRepository(url, folder);
    const filled = readAll();
    fillRepository('https://other.example/b/c', folder);
    expect(Object.values(readAll()).join('')).not.toContain(url);
    fillRepository(url, folder);
    expect(readAll()).toEqual(filled);
    fillRepository('', folder);
    expect(readAll()).toEqual(empty);
  });
});

it('fillRepository fills all marked lines of this repository and restores them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-repository-'));
  try {
    const paths = execFileSync('git', ['ls-files', '*package.json', '*.md', '*.yaml', '*.yml'], {
      cwd: root,
      encoding: 'utf8',
    });
    const originals = new Map(
      paths
        .trim()
        .split('\n')
        .map(path => [path, readFileSync(join(root, path), 'utf8')]),
    );
    for (const [path, text] of originals) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const marked = [...originals]
      .filter(([, text]) => /^ *(#|<!--) set-repository: /m.test(text))
      .map(([path]) => path);
    expect(marked).toEqual(expect.arrayContaining(['SECURITY.md', 'catalog-info.yaml']));
    fillRepository('', folder);
    const before = new Map([...originals.keys()].map(path => [path, readFileSync(join(folder, path), 'utf8')]));
    expect(fillRepository(url, folder)).toEqual(expect.arrayContaining(marked));
    fillRepository('', folder);
    for (const [path, text] of before)
      expect({ path, text: readFileSync(join(folder, path), 'utf8') }).toEqual({ path, text });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the published README of a package', () => {
  const readme =
    'See [the `docs`](../../docs/a.md#b), [core](../core/README.md), [below](#below) and [x](https://x.example).\n';

  it('has no links into the repository while there is no address', () => {
    expect(toPublishedReadme(readme, '', 'packages/cache-acme')).toBe(
      'See the `docs`, core, [below](#below) and [x](https://x.example).\n',
    );
  });

  it('has links to the address of the repository when there is one', () => {
    expect(toPublishedReadme(readme, url, 'packages/cache-acme')).toBe(
      `See [the \`docs\`](${url}/blob/main/docs/a.md#b), [core](${url}/blob/main/packages/core/README.md), ` +
        '[below](#below) and [x](https://x.example).\n',
    );
  });
});

it.each([
  [[], 'Usage: pnpm set-repository <address>'],
  [[url, url], 'Usage: pnpm set-repository <address>'],
  [['acme/cache'], '"acme/cache" is no URL'],
])('setRepository.mjs fails with the reason for the arguments %j', (args, message) => {
  const run = () =>
    execFileSync(process.execPath, [join(__dirname, 'setRepository.mjs'), ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(run).toThrow(message);
});
