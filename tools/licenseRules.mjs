/** Licenses that require only attribution: an app can use such packages without legal advice. */
const allowed = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Licenses found in the files of packages whose package.json names none. */
const stated = {
  // At the end of its README.
  'jackpot@0.0.6': 'MIT',
  // At the end of its README.
  'pause@0.0.1': 'MIT',
  // In its file License.
  'retry@0.6.0': 'MIT',
};

export const licenseRules = { allowed, stated };
