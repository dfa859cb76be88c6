import { element } from './elements.js';
import { toWholeMs } from './formats.js';
import { request, requestJson } from './request.js';

const maxRows = 50;

const form = document.getElementById('form');
const idInput = document.getElementById('id');
const lookUpButton = document.getElementById('look-up');
const tenAtOnceButton = document.getElementById('ten-at-once');
const forgetButton = document.getElementById('forget');
const historyRows = document.getElementById('history');

form.addEventListener('submit', event => {
  event.preventDefault();
  void withButton(lookUpButton, lookUp);
});

tenAtOnceButton.addEventListener('click', () => {
  if (form.reportValidity()) void withButton(tenAtOnceButton, lookUpTenAtOnce);
});

forgetButton.addEventListener('click', () => {
  if (form.reportValidity()) void withButton(forgetButton, forget);
});

showInfo().catch(error => addRow({ result: 'error', text: error.message }));

async function withButton(button, action) {
  button.disabled = true;
  try {
    await action(idInput.value);
  } catch (error) {
    addRow({ result: 'error', text: error.message });
  } finally {
    button.disabled = false;
  }
}

async function lookUp(id) {
  const { value, loaded, tookMs } = await requestJson(toPath(id));
  addRow({ result: loaded ? 'loaded' : 'cached', tookMs, text: value });
}

async function lookUpTenAtOnce(id) {
  const lookups = await requestJson(`${toPath(id)}/ten-at-once`);
  const loads = lookups.filter(({ loaded }) => loaded).length;
  addRow({
    result: loads > 0 ? 'loaded' : 'cached',
    label: `${lookups.length} lookups, ${loads} ${loads === 1 ? 'load' : 'loads'}`,
    tookMs: Math.max(...lookups.map(({ tookMs }) => tookMs)),
    text: [...new Set(lookups.map(({ value }) => value))].join(' and '),
  });
}

async function forget(id) {
  await request(toPath(id), { method: 'DELETE' });
  addRow({ result: 'forgotten', text: id });
}

function toPath(id) {
  return `lookup/${encodeURIComponent(id)}`;
}

async function showInfo() {
  const { store, ttlMs } = await requestJson('info');
  document.getElementById('store').textContent = store;
  document.getElementById('ttl').textContent = String(ttlMs / 1000);
}

function addRow({ result, label = result, tookMs, text }) {
  document.getElementById('empty')?.remove();

  const row = document.createElement('tr');
  row.append(
    cell('', element('span', `badge ${result}`, label)),
    cell('number', tookMs === undefined ? '' : [toWholeMs(tookMs), bar(result, tookMs)]),
    cell('value', text),
  );
  historyRows.prepend(row);
  while (historyRows.rows.length > maxRows) historyRows.deleteRow(-1);
}

function bar(result, tookMs) {
  const shape = element('div', `bar ${result}`);
  shape.style.width = `${Math.min(100, Math.max(3, tookMs / 10))}%`;
  return shape;
}

function cell(className, content) {
  return element('td', className, content);
}
