import type { FindingId } from './findingIds';

/** How bad a finding is. What is wrong with some keys only is an error, too. */
export type Severity = 'error' | 'warning' | 'info';

/** One thing that the doctor has found. */
export interface Finding {
  /** The stable name of this kind of finding. */
  readonly id: FindingId;
  readonly severity: Severity;
  /** What it is, in a few words. */
  readonly title: string;
  /** What was seen, with the measured value, and what it means. */
  readonly detail: string;
  /** What to do. */
  readonly fix: string;
  /** Where it is explained, such as `docs/operations.md#memoryfull`. */
  readonly docs: string;
  /** `host:port` of the server that it is about; absent when it is about none. */
  readonly server?: string;
}

/** Collects what the checks find. */
export interface Findings {
  add(finding: Omit<Finding, 'docs'>): void;
  /** Adds `not-checked`: a question that could not be asked. */
  notChecked(missing: Unasked): void;
  /** What was found, the worst first. */
  list(): readonly Finding[];
}

/** A question that could not be asked. */
export interface Unasked {
  readonly server: string;
  /** The command, such as `CONFIG GET`. */
  readonly command: string;
  /** What it would have told: `whether snapshots are on`. */
  readonly about: string;
  /** Why there is no answer. */
  readonly reason: string;
  /** What to grant, such as `+config|get`. @defaultValue nothing would help */
  readonly right?: string | undefined;
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Starts without a finding. */
export function createFindings(): Findings {
  const found = new Map<string, Finding>();
  const add = (finding: Omit<Finding, 'docs'>) => {
    const key = `${finding.id} ${finding.server ?? ''} ${finding.title}`;
    if (!found.has(key)) found.set(key, { ...finding, docs: toDocs(finding.id) });
  };
  return {
    add,
    notChecked({ server, command, about, reason, right }) {
      add({
        ...{ id: 'not-checked', severity: 'info', server },
        title: `Not checked: ${about}`,
        detail: `${command} would tell ${about}, but ${reason}. This is no fault.`,
        fix:
          right === undefined
            ? `Ask the server by other means, or leave it.`
            : `To have it checked, give the user the right ${right}; the cache itself does not need it.`,
      });
    },
    list: () =>
      [...joinUnasked([...found.values()])].sort(
        (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
      ),
  };
}

/** The nodes of a cluster mostly have the same rights: what could be asked at none of them is said once. */
function joinUnasked(findings: readonly Finding[]): readonly Finding[] {
  const isSame = (one: Finding, other: Finding) => one.id === 'not-checked' && one.detail === other.detail;
  return findings.flatMap((finding, index) => {
    const same = findings.filter(other => isSame(finding, other));
    if (same.length < 2) return [finding];
    if (same[0] !== findings[index]) return [];
    const { server: _server, ...common } = finding;
    return [{ ...common, detail: `At ${same.map(({ server }) => server).join(', ')}: ${finding.detail}` }];
  });
}

/** The anchor of a heading: without the dots. */
function toDocs(id: FindingId): string {
  return `docs/operations.md#${id.replaceAll('.', '')}`;
}
