/**
 * The problems with the production dependencies of a package, as sentences: their number, and their licenses.
 *
 * `rules.allowed` has the allowed SPDX names, `rules.stated` the licenses of packages whose package.json names none.
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

/** Old packages name an object, or a list from which one license may be chosen. */
function toExpression(license) {
  if (Array.isArray(license)) return license.map(toExpression).join(' OR ');
  return typeof license === 'string' ? license : String(license.type);
}

/** With OR one license has to be allowed, with AND all of them. Nested expressions are refused, as no package has one. */
function isAllowed(expression, allowed) {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some(choice => choice.split(' AND ').every(name => allowed.includes(name.trim())));
}
