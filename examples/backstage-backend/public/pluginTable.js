import { element, setText } from './elements.js';
import { nothing, toBytes, toCount, toPercent } from './formats.js';

const body = document.getElementById('plugins');
const headings = document.getElementById('plugin-columns');

const toShare = (part, { hits, misses }) => toPercent(hits + misses > 0 ? part / (hits + misses) : undefined);

const columns = [
  { title: 'Hit ratio', text: figures => toShare(figures.hits, figures) },
  // Of the same reads, those that the near cache has answered.
  { title: 'Near', text: figures => (figures.nearHits === undefined ? nothing : toShare(figures.nearHits, figures)) },
  { title: 'Hits', text: ({ hits }) => toCount(hits) },
  { title: 'Misses', text: ({ misses }) => toCount(misses) },
  { title: 'Errors', text: ({ errors }) => toCount(errors) },
  { title: 'Bypasses', text: ({ bypasses }) => toCount(bypasses) },
  { title: 'Entries', text: ({ entries, ...counted }) => toCounted(toCount(entries), counted) },
  { title: 'Size', text: ({ bytes, ...counted }) => toCounted(toBytes(bytes), counted) },
  { title: 'Evictions', text: ({ evictions }) => toCount(evictions) },
  { title: 'Expiries', text: ({ expiries }) => toCount(expiries) },
];

/** The table of plugins. Rows stay as long as their plugin does, so that a button keeps its focus. */
export function createPluginTable({ onKeys, onClear }) {
  const rows = new Map();
  const columnHeadings = columns.map(({ title }) => toCell('columnheader', 'number', title));
  headings.append(
    toCell('columnheader', 'plugin', 'Plugin'),
    ...columnHeadings,
    toCell('columnheader', 'actions', element('span', 'hidden', 'Actions')),
  );

  function addRow(plugin) {
    const cells = columns.map(({ title }) => {
      const cell = toCell('cell', 'number');
      cell.dataset.title = title;
      return cell;
    });
    const buttons = [actionButton('Keys', plugin, onKeys), actionButton('Clear', plugin, onClear)];
    const added = element('tr', '', [
      toCell('rowheader', 'plugin', plugin),
      ...cells,
      toCell('cell', 'actions', buttons),
    ]);
    added.setAttribute('role', 'row');
    const next = [...rows.keys()].sort().find(other => other > plugin);
    body.insertBefore(added, next === undefined ? null : rows.get(next).row);
    rows.set(plugin, { row: added, cells });
  }

  return {
    update(plugins) {
      const texts = new Map(plugins.map(figures => [figures.plugin, columns.map(({ text }) => text(figures))]));
      for (const [plugin, { row }] of rows) {
        if (texts.has(plugin)) continue;
        row.remove();
        rows.delete(plugin);
      }
      for (const plugin of texts.keys()) if (!rows.has(plugin)) addRow(plugin);
      for (const index of columns.keys()) {
        // Which figures there are depends on the store.
        const isKnown = [...texts.values()].some(row => row[index] !== nothing);
        columnHeadings[index].classList.toggle('none', !isKnown);
        for (const [plugin, { cells }] of rows) {
          setText(cells[index], texts.get(plugin)[index]);
          cells[index].classList.toggle('none', !isKnown);
        }
      }
    },
  };
}

/** `2,000+`: there are more than have been counted. `about 20`: the store does not list all of them. */
function toCounted(text, { isAtLeast, isApproximate }) {
  if (text === nothing) return text;
  return `${isApproximate ? 'about ' : ''}${text}${isAtLeast ? '+' : ''}`;
}

function actionButton(label, plugin, action) {
  const button = Object.assign(element('button', 'small', label), { type: 'button' });
  button.setAttribute('aria-label', `${label} of ${plugin}`);
  button.addEventListener('click', async () => {
    button.disabled = true;
    await action(plugin);
    button.disabled = false;
  });
  return button;
}

/** The role is said expressly, as a narrow page shows the rows as blocks, which are no table for every screen reader. */
function toCell(role, className, content) {
  const cell = element(role === 'cell' ? 'td' : 'th', className, content);
  cell.setAttribute('role', role);
  return cell;
}
