import type { JsonObject } from '@greenroom/cache-core';

/** Approximate size of a value as JSON. */
export const sizes = ['100 B', '1 KB', '50 KB'] as const;
export type Size = (typeof sizes)[number];

/** A key and its value. The value has the number of the key, so that a wrong answer is noticed. */
export interface Sample {
  readonly key: string;
  readonly value: JsonObject;
}

const keyCounts: Readonly<Record<Size, number>> = { '100 B': 1000, '1 KB': 1000, '50 KB': 100 };
const creators: Readonly<Record<Size, (id: number) => JsonObject>> = {
  '100 B': id => ({
    id,
    entityRef: `component:default/service-${id}`,
    owner: `group:default/team-${id % 7}`,
    ok: true,
  }),
  '1 KB': toEntity,
  '50 KB': id => ({ id, items: Array.from({ length: 50 }, (_, index) => toEntity(id + index)) }),
};

export function createSamples(size: Size, count = keyCounts[size]): readonly Sample[] {
  return Array.from({ length: count }, (_, id) => ({
    key: `entity-of-${size.replace(' ', '')}-${id}`,
    value: creators[size](id),
  }));
}

/** A value like an entity in the catalog of a backend. */
function toEntity(id: number): JsonObject {
  const name = `payment-service-${id}`;
  return {
    id,
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      namespace: 'default',
      name,
      uid: `0f2f6a44-1f0b-4c6e-9a52-${String(id).padStart(12, '0')}`,
      etag: 'b6f2c1de94a7',
      title: `Payment service ${id}`,
      description: 'Takes payments, keeps the ledger and tells others – in “near real time” – what was paid.',
      annotations: {
        'backstage.io/managed-by-location': `url:https://git.example.org/payments/${name}/catalog-info.yaml`,
        'backstage.io/techdocs-ref': 'dir:.',
      },
      tags: ['java', 'payments', 'tier-1'],
    },
    spec: { type: 'service', lifecycle: 'production', owner: `team-${id % 7}`, system: 'payments' },
    relations: ['ownedBy', 'partOf', 'providesApi'].map((type, index) => ({
      type,
      targetRef: `api:default/payments-${index}`,
      target: { kind: 'api', namespace: 'default', name: `payments-${index}` },
    })),
    status: { items: [] },
    score: 0.25,
  };
}
