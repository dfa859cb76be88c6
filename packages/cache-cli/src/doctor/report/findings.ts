import type { FindingId } from './findingIds';
import { joinUnasked } from './unasked';
import type { Unasked } from './unasked';

/** How bad a finding is. A problem that affects only some keys is an error too. */
export type Severity = 'error' | 'warning' | 'info';

/** One thing that the doctor has found. */
export interface Finding {
  /** The stable name of this kind of finding. */
  readonly id: FindingId;
  readonly severity: Severity;
  /** The problem, in a few words. */
  readonly title: string;
  /** What was seen, with the measured value, and what it means. */
  readonly detail: string;
  /** What to do. */
  readonly fix: string;
  /** Link to its explanation, such as `docs/operations.md#memoryfull`. */
  readonly docs: string;
  /** `host:port` of the server with the problem; absent when it is not about a server. */
  readonly server?: string;
}

/** Collects what the checks find. */
export interface Findings {
  add(finding: Omit<Finding, 'docs'>): void;
  /** Adds `not-checked`: a question that could not be asked. */
  notChecked(question: Unasked): void;
  /** The findings, the most severe first. */
  list(): readonly Finding[];
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

function rankOf({ severity }: Pick<Finding, 'severity'>): number {
  return severities.indexOf(severity);
}

/** Creates an empty collection. */
export function createFindings(): Findings {
  const found = new Map<string, Finding>();
  const unasked: Unasked[] = [];
  return {
    add(finding) {
      // Two checks of a server may find the same problem. Findings without a server are told apart by their details.
      const key = [finding.id, finding.title, finding.server ?? finding.detail].join('\n');
      const before = found.get(key);
      if (before && rankOf(before) <= rankOf(finding)) return;
      found.set(key, { ...finding, docs: toDocs(finding.id) });
    },
    notChecked(question) {
      unasked.push(question);
    },
    list: () =>
      [...found.values(), ...joinUnasked(unasked).map(finding => ({ ...finding, docs: toDocs(finding.id) }))].sort(
        (one, other) => rankOf(one) - rankOf(other),
      ),
  };
}

/** The anchor of the heading, which has no dots. */
function toDocs(id: FindingId): string {
  return `docs/operations.md#${id.replaceAll('.', '')}`;
}
