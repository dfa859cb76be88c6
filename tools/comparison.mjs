/** A row about an operation while its store is in trouble, from docs/guarantees.md. */
const outage = (store, row, label) => ({
  page: 'guarantees.md',
  label,
  store,
  toCell: (tables, cache) => {
    const table = tables.find(({ header }) => header.includes(cache));
    return rowOf(table, row)[table.header.indexOf(cache)];
  },
});

/** A row about the speed of an operation, from docs/benchmarks.md, where the cell is `129,000; 6.3 µs`. */
const speed = (store, column, label) => ({
  page: 'benchmarks.md',
  label,
  store,
  toCell: (tables, cache) => {
    const table = tables.find(({ header }) => header[0].startsWith('per second'));
    const cell = rowOf(table, cache)[table.header.indexOf(column)];
    return `${cell.split(';')[0]} per second`;
  },
});

const rows = [
  outage('Redis', 'killed, 3 s', 'Redis is killed, 3 s'),
  outage('Redis', 'frozen, 5 s', 'Redis is frozen, 5 s'),
  outage('Redis', 'network swallows everything, 5 s', 'The network to Redis swallows everything, 5 s'),
  outage('Valkey', 'replies garbage, 3 s', 'Valkey replies garbage, 3 s'),
  outage('Memcached', 'replies cut, 3 s', 'Replies of Memcached are cut, 3 s'),
  outage('Redis', 'refuses connections, 5,000 sets of 10 KB', '5,000 sets of 10 KB while Redis is down'),
  outage('Redis', '50 plugins', '50 plugins on Redis'),
  speed('Redis', 'get 100 B', 'Gets of 100 B from Redis'),
  speed('Valkey', 'set 50 KB', 'Sets of 50 KB on Valkey'),
  speed('Memory', 'get 1 KB', 'Gets of 1 KB from memory'),
];

/**
 * The table that compares Greenroom with Backstage's built-in cache, made from the measured results.
 *
 * @param pages - The texts of the pages in docs, by name.
 */
export function toComparison(pages) {
  const lines = rows.map(({ page, label, store, toCell }) => {
    const tables = tablesBelow(pages[page], `### ${store}`);
    return [label, toCell(tables, 'built-in cache'), toCell(tables, 'Greenroom')];
  });
  return [['', 'built-in cache', 'Greenroom'], ['---', '---', '---'], ...lines]
    .map(cells => `| ${cells.join(' | ')} |\n`)
    .join('');
}

const mark = /(<!-- comparison[^\n]*-->\n\n)[^]*?(\n<!-- end of comparison -->)/;

/** Replaces the table in the marked place of a document. */
export function fillComparison(text, pages) {
  if (!mark.test(text)) throw new Error('The document has no place for the comparison');
  return text.replace(mark, (_, begin, end) => begin + toComparison(pages) + end);
}

function rowOf(table, name) {
  const row = table?.rows.find(([first]) => first === name);
  if (!row) throw new Error(`There is no row "${name}" any more`);
  return row;
}

/** The tables between a heading and the next one. */
function tablesBelow(text, heading) {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const [own] = section.split(/\n#+ /);
  return [...own.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
    const [header, , ...rows] = table.trim().split('\n').map(toCells);
    return { header, rows };
  });
}

const toCells = line =>
  line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim());
