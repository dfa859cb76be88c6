import * as bounds from './bounds';
import { compare } from './compare';
import { findMeasured } from './findMeasured';
import { callerCounts } from './measureNear';
import type { Found } from './results';
import { stores } from './openSubject';
import type { Check } from './toChecks';

/** The checks of near caches. */
export function checkNear(results: Found): readonly Check[] {
  return [...checkHot(results), ...checkWrites(results), ...checkMemory(results)];
}

function checkHot({ near }: Found): Check[] {
  return stores.flatMap(store =>
    callerCounts.flatMap(callers => {
      const kind = { store, callers, operation: 'get' } as const;
      const ours = findMeasured(near.hot, { ...kind, subject: 'greenroom, near' });
      const without = findMeasured(near.hot, { ...kind, subject: 'greenroom' });
      if (!ours || !without) return [];
      return [
        {
          what: `${store}, gets of hot keys with a near cache against without, ${callers} callers: throughput`,
          found: compare(ours, without).throughput,
          bound: callers === 1 ? bounds.NEAR_SEQUENTIAL_BOUND : bounds.NEAR_CALLERS_BOUND,
          side: 'at least',
          kinds: [ours, without],
          gates: true,
        },
      ];
    }),
  );
}

function checkWrites({ near }: Found): Check[] {
  const written = near.hot.filter(({ operation, subject }) => operation === 'set' && subject === 'greenroom, near');
  return written.flatMap(ours => {
    const { store, size } = ours;
    const without = findMeasured(near.hot, { store, size, operation: 'set', subject: 'greenroom' });
    if (!without) return [];
    return [
      {
        what: `${store}, CPU of a set of ${size} with a near cache over that without`,
        found: compare(without, ours).cpu,
        bound: bounds.NEAR_WRITE_BOUND,
        side: 'at most',
        kinds: [ours, without],
        gates: true,
      },
    ];
  });
}

function checkMemory({ near }: Found): Check[] {
  return near.memory.flatMap(({ size, isFrozen, heapBytes, counted }) =>
    counted
      ? [
          {
            what: `heap of a near cache of ${isFrozen ? 'frozen values' : 'values'} of ${size} over its maxBytes`,
            found: heapBytes / counted.maxBytes,
            bound: bounds.NEAR_MEMORY_BOUND,
            side: 'at most' as const,
            gates: true,
          },
        ]
      : [],
  );
}
