import { nodeVersionProblem } from './nodeVersion.mjs';

it.each(['18.20.4', '20.18.3'])('Node %s is refused with one line that names the required version', version => {
  const message = `Greenroom needs Node 20.19 or newer. This is Node ${version}.`;
  expect(nodeVersionProblem(version)).toBe(message);
});

it.each(['20.19.0', '22.1.0', '26.0.0'])('Node %s is accepted', version => {
  expect(nodeVersionProblem(version)).toBeUndefined();
});
