import { element } from './elements.js';
import { toSpan, toTime } from './formats.js';
import { describeState } from './states.js';

const maxChanges = 100;

/** Lists changes of state: those that the backend tells, also of before a restart, and those that only the page can see. */
export function createChangeLog(list) {
  /** By what tells them apart, as the backend tells the same ones each time. */
  const changes = new Map();
  let previous;
  let lastInstance;

  function add(key, change) {
    if (changes.has(key)) return;
    changes.set(key, change);
    const newestFirst = [...changes].sort(([, one], [, other]) => other.atMs - one.atMs);
    for (const [old] of newestFirst.slice(maxChanges)) changes.delete(old);
    const shown = newestFirst.slice(0, maxChanges).map(([, each]) => each);
    list.replaceChildren(...shown.map((each, index) => toItem(each, shown[index + 1])));
  }

  list.append(element('li', 'note', 'None yet. Stop the server of the store, or the backend, to see some.'));

  return {
    update({ atMs, state, status }) {
      if (state === 'unreachable' && previous !== 'unreachable') add(`unreachable ${atMs}`, { atMs, state });
      previous = state;
      if (!status) return;

      const { instance } = status;
      if (lastInstance !== undefined && lastInstance !== instance) {
        add(`restarted ${instance}`, { atMs, state: 'restarted', text: `now instance ${instance}` });
      }
      lastInstance = instance;
      for (const { at, state: changedTo, error } of status.changes) {
        const text = error && `${error.code}: ${error.message}`;
        add(`${instance} ${at} ${changedTo}`, { atMs: Date.parse(at), state: changedTo, text });
      }
    },
  };
}

function toItem({ atMs, state, text }, before) {
  const { label, tone } = describeState(state);
  const time = Object.assign(element('time', '', toTime(atMs)), { dateTime: new Date(atMs).toISOString() });
  const isBack = state === 'available' && (before?.state === 'unavailable' || before?.state === 'read-only');
  const details = text ?? (isBack ? `after ${toSpan(atMs - before.atMs)}` : '');
  return element('li', '', [time, element('span', `badge ${tone}`, label), element('span', 'text', details)]);
}
