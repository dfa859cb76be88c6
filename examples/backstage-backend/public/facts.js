import { element, setText } from './elements.js';
import { nothing, toBytes, toCount, toDuration, toSpan, toTime } from './formats.js';
import { describeState, stateText } from './states.js';

const facts = document.getElementById('facts');
const pill = document.getElementById('state');
const problem = document.getElementById('problem');
const errorName = 'Last error';
const store = document.getElementById('store');

/** Shows what the last poll says of the store. Without an answer, the facts are those of the last one that there was. */
export function showFacts({ atMs, state, status, problem: failure }) {
  setText(pill, stateText(state));
  pill.className = `pill ${describeState(state).tone}`;
  const text = failure ?? describeState(state).meaning ?? '';
  problem.hidden = text === '';
  setText(problem, text);
  facts.classList.toggle('outdated', status === undefined);
  if (!status) return;

  setText(store, status.store);
  const { since, servers, connections, instance, namespace, near, lastError } = status;
  const shown = {
    State: `${describeState(state).label} for ${toSpan(atMs - Date.parse(since))}`,
    [servers.length === 1 ? 'Server' : 'Servers']:
      servers.join(', ') || (connections === undefined ? 'none, in the process' : nothing),
    ...(connections !== undefined && { Connections: String(connections) }),
    ...(namespace !== undefined && { Namespace: namespace }),
    Instance: instance,
    ...(near && { 'Near cache': toNearText(near) }),
    ...(lastError && { [errorName]: toErrorText(lastError) }),
  };
  const names = Object.keys(shown);
  if (names.join() !== [...facts.querySelectorAll('dt')].map(({ textContent }) => textContent).join()) {
    facts.replaceChildren(
      ...names.map(name => element('div', name === errorName ? 'long' : '', [element('dt', '', name), element('dd')])),
    );
  }
  for (const [index, value] of facts.querySelectorAll('dd').entries()) setText(value, shown[names[index]]);
}

function toNearText({ plugins, entries, bytes, maxBytes }) {
  const longestMs = Math.max(0, ...plugins.map(({ maxStalenessMs }) => maxStalenessMs));
  const age = plugins.length > 0 ? `, ${toDuration(longestMs)} old at most` : '';
  return `${toCount(entries)} ${entries === 1 ? 'copy' : 'copies'}${age}, ${toBytes(bytes)} of ${toBytes(maxBytes)}`;
}

function toErrorText({ code, message, at, plugin, server }) {
  const where = [plugin && `plugin ${plugin}`, server].filter(Boolean).join(', ');
  return `${toTime(at)} ${code}${where ? ` (${where})` : ''}: ${message}`;
}
