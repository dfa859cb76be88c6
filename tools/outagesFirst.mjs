import Sequencer from '@jest/test-sequencer';

/** Runs the outage tests before the others: they measure time, and hardly use the processor themselves. */
export default class OutagesFirst extends Sequencer {
  sort(tests) {
    const isOutage = ({ path }) => /outage/i.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isOutage), ...sorted.filter(test => !isOutage(test))];
  }
}
