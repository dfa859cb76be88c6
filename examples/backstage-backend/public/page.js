const maxRows = 50;

const form = document.getElementById('form');
const idInput = document.getElementById('id');
const lookUpButton = document.getElementById('look-up');
const forgetButton = document.getElementById('forget');
const historyRows = document.getElementById('history');

form.addEventListener('submit', event => {
  event.preventDefault();
  void withButton(lookUpButton, lookUp);
});

forgetButton.addEventListener('click', () => {
  if (form.reportValidity()) void withButton(forgetButton, forget);
});

void showInfo();

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
  const { value, cached, tookMs } = await (await request(id)).json();
  addRow({ result: cached ? 'hit' : 'miss', tookMs, text: value });
}

async function forget(id) {
  await request(id, { method: 'DELETE' });
  addRow({ result: 'forgotten', text: id });
}

async function request(id, options) {
  let response;
  try {
    response = await fetch(`lookup/${encodeURIComponent(id)}`, options);
  } catch {
    throw new Error('The backend cannot be reached. Is it still running?');
  }
  if (!response.ok) throw new Error(`The backend answered with status ${response.status}.`);
  return response;
}

async function showInfo() {
  const { store, ttlMs } = await (await fetch('info')).json();
  document.getElementById('store').textContent = store;
  document.getElementById('ttl').textContent = String(ttlMs / 1000);
}

function addRow({ result, tookMs, text }) {
  document.getElementById('empty')?.remove();

  const row = document.createElement('tr');
  row.append(
    cell('', element('span', `badge ${result}`, result)),
    cell('number', tookMs === undefined ? '' : durationText(tookMs)),
    cell('bar-cell', tookMs === undefined ? '' : bar(result, tookMs)),
    cell('value', text),
  );
  historyRows.prepend(row);
  while (historyRows.rows.length > maxRows) historyRows.deleteRow(-1);
}

function durationText(tookMs) {
  return tookMs < 1 ? '< 1 ms' : `${tookMs} ms`;
}

function bar(result, tookMs) {
  const shape = element('div', `bar ${result}`);
  shape.style.width = `${Math.min(100, Math.max(3, tookMs / 10))}%`;
  return shape;
}

function cell(className, content) {
  return element('td', className, content);
}

function element(name, className, content = '') {
  const created = document.createElement(name);
  created.className = className;
  created.append(content);
  return created;
}
