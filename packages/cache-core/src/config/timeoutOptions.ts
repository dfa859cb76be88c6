import type { OptionTable } from './configOption';

/** Options that every store with a server has. */
export const timeoutOptions = {
  commandTimeout: {
    type: 'duration',
    default: 500,
    description: 'Longest time that one operation may take: ms, or a duration.',
  },
  connectTimeout: {
    type: 'duration',
    default: 2000,
    description: 'Longest time that making a connection may take: ms, or a duration.',
  },
} as const satisfies OptionTable;
