import type { OutageCase, OutageTarget } from './outageTarget';
import { withCache } from './withCache';
import type { OpenedCache } from './withCache';

/** Makes a case of the outage suite. */
export function outageCase(name: string, run: (target: OutageTarget) => Promise<void>): OutageCase {
  return { group: 'outages', name, run };
}

/** Makes a case on a cache that reaches its servers through proxies. */
export function proxyCase(name: string, run: (opened: OpenedCache, target: OutageTarget) => Promise<void>): OutageCase {
  return outageCase(name, target => withCache(target, 'proxies', opened => run(opened, target)));
}
