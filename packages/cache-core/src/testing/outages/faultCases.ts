import assert from 'node:assert/strict';
import { byProxies, faultKinds } from './faultKinds';
import { DEFAULT_COMMAND_TIMEOUT_MS, limitOf } from './limits';
import { measureOutage } from './measureOutage';
import { outageCase, proxyCase } from './proxyCase';
import type { OutageCase } from './outageTarget';
import { assertKept, runOutage } from './runOutage';
import { assertStates } from './withCache';

const inFlightOf = [20, 5000];

/** Faults of the server and the network, with few and with many operations in flight. */
export const faultCases: readonly OutageCase[] = [
  ...faultKinds.flatMap(kind =>
    inFlightOf.map(inFlight =>
      outageCase(`${kind.name}, with ${inFlight.toLocaleString('en')} operations in flight`, target =>
        runOutage(target, kind, inFlight),
      ),
    ),
  ),
  outageCase('an outage of 20 s', target =>
    runOutage(target, { name: '', lengthMs: 20_000, ...byProxies(proxy => proxy.blackHole('all')) }, 20),
  ),
  proxyCase('replies that arrive byte by byte are understood', async ({ cache, proxies, states }) => {
    const fault = byProxies(proxy => proxy.damage('trickle')).toFault([], proxies);
    const measures = await measureOutage(cache, { fault, lengthMs: 500, inFlight: 20 });
    assertKept(measures, limitOf(DEFAULT_COMMAND_TIMEOUT_MS));
    if (measures.hits === 0) assert.fail('every get was a miss, where values are expected');
    assertStates(states(), ['available']);
  }),
];
