import Sequencer from '@jest/test-sequencer';

/** Runs the tests of faults before the others: they measure time, and hardly use the processor themselves. */
export default class OutagesFirst extends Sequencer {
  sort(tests) {
    const isFirst = ({ path }) => /outages|topologies/i.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isFirst), ...sorted.filter(test => !isFirst(test))];
  }
}
