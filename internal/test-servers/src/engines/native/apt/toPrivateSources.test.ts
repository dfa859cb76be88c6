import { toPrivateSources } from './toPrivateSources';

const bookworm = { codename: 'bookworm', backports: true };
const noble = { codename: 'noble', backports: false };

it('keeps the deb lines of the system suites, and adds backports from the same mirror', () => {
  const text = `# a comment
deb http://mirror.example/debian bookworm main contrib
deb [signed-by=/some/key.gpg arch=amd64] http://mirror.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
deb https://vendor.example/apt vendor-suite main
`;
  expect(toPrivateSources(text, 'list', bookworm)).toBe(`deb http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-backports main contrib
deb [signed-by=/some/key.gpg arch=amd64] http://mirror.example/debian-security bookworm-security main
`);
});

it('keeps the deb stanzas of the system suites with their keys, and adds backports', () => {
  const text = `Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /some/key.gpg

Types: deb
URIs: https://vendor.example/apt
Suites: vendor-suite
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://other.example/debian
Suites: bookworm
Components: main
`;
  expect(toPrivateSources(text, 'sources', bookworm)).toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main
Signed-By: /some/key.gpg
`);
});

it('adds no backports to a system that needs none, and keeps existing ones', () => {
  const stanza =
    'Types: deb\nURIs: http://mirror.example/ubuntu\nSuites: noble noble-updates noble-backports\nComponents: main\n';
  expect(toPrivateSources(stanza, 'sources', noble)).toBe(stanza);
  expect(toPrivateSources('deb http://mirror.example/ubuntu noble main\n', 'list', noble)).toBe(
    'deb http://mirror.example/ubuntu noble main\n',
  );
});
