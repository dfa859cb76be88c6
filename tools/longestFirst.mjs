import Sequencer from '@jest/test-sequencer';

/**
 * Tests that take most of a minute or more, the longest first. Jest orders by size what it has not run before, and these are
 * small files: begun last, one of them would run alone at the end. Only `outageCases`, which runs all its cases at once, comes
 * behind others as long, so that it does not run beside the build.
 */
const longest = [
  // Their garbage collections take ten times as long in a worker that has run other tests.
  /freezeValue|nearCopies/,
  /clusterOutages/,
  /Driver\.outages/,
  /outageCases/,
  /memory\.test|runners\.test|bursts/,
  /topologies|clusterConfig|upstreamSemantics|serverStates/,
  /outages|failover|rights|conformance|builtPackage/,
];

/** Begins with the tests that take longest, so that the workers of a run end at about the same time. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const toRank = ({ path }) => {
      const rank = longest.findIndex(pattern => pattern.test(path));
      return rank === -1 ? longest.length : rank;
    };
    return super.sort(tests).toSorted((first, second) => toRank(first) - toRank(second));
  }
}
