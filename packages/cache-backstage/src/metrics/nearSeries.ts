import type { NearFigures } from '@greenroom/cache-core';
import type { Series } from './countedSeries';

/** The figures of the near cache, which all plugins share, as series of the instruments of the same names. */
export const nearSeries = {
  nearHits: ({ hits }: NearFigures) => toSeries(hits),
  nearFills: ({ fills }: NearFigures) => toSeries(fills),
  nearDrops: ({ drops }: NearFigures) =>
    Object.entries(drops).map(([reason, value]) => ({ attributes: { reason }, value })),
  nearEntries: ({ entries }: NearFigures) => toSeries(entries),
  nearBytes: ({ bytes }: NearFigures) => toSeries(bytes),
  nearMaxBytes: ({ maxBytes }: NearFigures) => toSeries(maxBytes),
} satisfies Record<string, (figures: NearFigures) => readonly Series[]>;

function toSeries(value: number): readonly Series[] {
  return [{ attributes: {}, value }];
}
