/** What changesets writes into a CHANGELOG: the text of each changeset, without a commit in front and without a line for each dependency. */
module.exports = {
  async getReleaseLine({ summary }) {
    const [first, ...others] = summary.trim().split('\n');
    return [`- ${first}`, ...others.map(line => (line === '' ? '' : `  ${line}`))].join('\n');
  },
  async getDependencyReleaseLine() {
    return '';
  },
};
