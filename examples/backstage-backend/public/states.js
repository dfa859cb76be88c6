/** What each state is called, and what it means. `tone` chooses the colour, `sign` says the same without one. */
const states = {
  starting: { label: 'Starting', sign: '…', tone: 'quiet' },
  available: { label: 'Available', sign: '✓', tone: 'good' },
  'read-only': {
    label: 'Read-only',
    sign: '!',
    tone: 'poor',
    meaning: 'The store refuses writes. Values are read, and new ones are not kept.',
  },
  unavailable: {
    label: 'Store away',
    sign: '✕',
    tone: 'bad',
    meaning:
      'The store is away. Plugins go on without it, each read is a miss, and it is used again as soon as it is back.',
  },
  unreachable: { label: 'Backend away', sign: '✕', tone: 'bad' },
  refused: { label: 'No access', sign: '✕', tone: 'poor' },
  restarted: { label: 'Backend restarted', sign: '↻', tone: 'quiet' },
  unknown: { label: 'Unknown', sign: '?', tone: 'poor' },
};

export const describeState = state => states[state] ?? { ...states.unknown, label: state };

export function stateText(state) {
  const { label, sign } = describeState(state);
  return `${sign} ${label}`;
}
