import Sequencer from '@jest/test-sequencer';

/**
 * Tests that take most of a minute or more, the longest first. Jest orders tests that it has not run before by file size, and these are
 * small files: if one started last, it would run alone at the end. Only `outageCases`, which runs all its cases at once, comes after
 * equally long ones, so that it does not run beside the build.
 */
const longest = [
  // In a worker that has run other tests, their garbage collections take ten times as long.
  /freezeValue|nearCopies/,
  /clusterOutages/,
  /Driver\.outages/,
  /outageCases/,
  /memory\.test|runners\.test|bursts/,
  /topologies|clusterConfig|upstreamSemantics|serverStates/,
  /outages|failover|rights|conformance|builtPackage/,
];

/** Starts the longest tests first, so that all workers end at about the same time. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const toRank = ({ path }) => {
      const rank = longest.findIndex(pattern => pattern.test(path));
      return rank === -1 ? longest.length : rank;
    };
    return super.sort(tests).toSorted((first, second) => toRank(first) - toRank(second));
  }
}
