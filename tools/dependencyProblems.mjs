/**
 * What is wrong with the production dependencies of a package, as sentences: how many they are, and their licences.
 *
 * `rules.allowed` has the SPDX names that may be used, `rules.stated` the licence of packages whose package.json names none.
 */
export function dependencyProblems({ dependencies, maxDependencies, rules }) {
  const problems = dependencies.flatMap(({ name, version, license, licenses }) => {
    const stated = license ?? licenses ?? rules.stated[`${name}@${version}`];
    if (stated === undefined) return [`${name}@${version} names no licence`];
    const expression = toExpression(stated);
    return isAllowed(expression, rules.allowed) ? [] : [`${name}@${version} has the licence ${expression}`];
  });
  if (dependencies.length > maxDependencies) {
    problems.push(`brings ${dependencies.length} packages, where ${maxDependencies} are allowed`);
  }
  return problems;
}

/** Packages of old times name an object, or a list of which one is to be chosen. */
function toExpression(license) {
  if (Array.isArray(license)) return license.map(toExpression).join(' OR ');
  return typeof license === 'string' ? license : String(license.type);
}

/** One of those joined by OR, and each of those joined by AND. An expression inside of another is refused, since no package has one. */
function isAllowed(expression, allowed) {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some(choice => choice.split(' AND ').every(name => allowed.includes(name.trim())));
}
