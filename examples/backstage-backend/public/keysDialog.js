import { readEntries, toProblem } from './cacheRoutes.js';
import { element, setText } from './elements.js';
import { nothing, toBytes, toSpan } from './formats.js';

const limit = 100;
const dialog = document.getElementById('keys');
const heading = document.getElementById('keys-heading');
const list = document.getElementById('keys-list');

/** Shows the first keys of a plugin. There are no values: the routes tell none. */
export async function showKeys(plugin) {
  setText(heading, `Keys of ${plugin}`);
  try {
    const { entries, cursor } = await readEntries(plugin, { limit });
    list.replaceChildren(entries.length > 0 ? toTable(entries) : element('p', 'note', 'It has no entries.'));
    if (cursor !== undefined) list.append(element('p', 'note', `There are more than these ${entries.length}.`));
  } catch (error) {
    list.replaceChildren(element('p', 'problem', toProblem(error)));
  }
  dialog.showModal();
}

function toTable(entries) {
  const head = element(
    'tr',
    '',
    ['Key', 'Size', 'Expires in'].map((title, index) => toHeading(title, index)),
  );
  const rows = entries.map(({ key, bytes, expiresAt }) =>
    element('tr', '', [
      element('td', 'value', key),
      element('td', 'number', toBytes(bytes)),
      element('td', 'number', toExpiry(expiresAt)),
    ]),
  );
  return element('table', '', [element('thead', '', head), element('tbody', '', rows)]);
}

function toHeading(title, index) {
  const cell = element('th', index > 0 ? 'number' : '', title);
  cell.scope = 'col';
  return cell;
}

function toExpiry(expiresAt) {
  if (expiresAt === null) return 'never';
  return expiresAt === undefined ? nothing : toSpan(Date.parse(expiresAt) - Date.now());
}
