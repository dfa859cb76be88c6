/** The parts of a distribution that packages are taken from. */
export interface Suite {
  /** For example `bookworm`. */
  readonly codename: string;
  /** Whether packages of the backports are wanted too. */
  readonly backports: boolean;
}

/**
 * Converts the text of one of the machine's apt source files so that it names only the distribution's own suites. The machine's mirror and
 * trusted keys stay in use, and sources of other vendors are left out. Backports are expected on the same mirror.
 */
export function toPrivateSources(text: string, format: 'list' | 'sources', suite: Suite): string {
  return format === 'list' ? fromLines(text, suite) : fromStanzas(text, suite);
}

function fromLines(text: string, suite: Suite): string {
  return text
    .split('\n')
    .flatMap(line => {
      const [, head, name, rest] = /^(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(.*)$/.exec(line.trim()) ?? [];
      if (head === undefined || name === undefined) return [];
      return toSuites([name], suite).map(wanted => `${head}${wanted}${rest}\n`);
    })
    .join('');
}

function fromStanzas(text: string, suite: Suite): string {
  return text
    .replace(/^#.*\n/gm, '')
    .split(/\n\s*\n/)
    .flatMap(stanza => {
      const names = /^Suites:(.*)$/im.exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
      const wanted = toSuites(names, suite);
      const isUsed = /^Types:.*\bdeb\b(?!-)/im.test(stanza) && !/^Enabled:\s*no\b/im.test(stanza);
      if (!isUsed || wanted.length === 0) return [];
      return [
        `${stanza
          .trim()
          .replace(/^Types:.*$/im, 'Types: deb')
          .replace(/^Suites:.*$/im, `Suites: ${wanted.join(' ')}`)}\n`,
      ];
    })
    .join('\n');
}

function toSuites(names: readonly string[], { codename, backports }: Suite): readonly string[] {
  const backportsName = `${codename}-backports`;
  const known = [codename, `${codename}-updates`, `${codename}-security`, backportsName];
  const wanted = names.filter(name => known.includes(name));
  return backports && wanted.includes(codename) ? [...new Set([...wanted, backportsName])] : wanted;
}
