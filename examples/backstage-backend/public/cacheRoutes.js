import { requestJson, send } from './request.js';

/** The routes of the cache plugin, as the example's backend passes them on. In an app with a sign-in: `/api/cache/v1`. */
const base = 'cache/v1';

const read = path => requestJson(`${base}/${path}`);

/** State and counts of this moment. Never rejects: without an answer there is a `problem`. */
export async function poll() {
  const atMs = Date.now();
  try {
    const status = await read('status');
    const { plugins } = await read('plugins');
    return { atMs, state: status.state, instance: status.instance, status, plugins };
  } catch (error) {
    return { atMs, state: toState(error), problem: toProblem(error) };
  }
}

export function readEntries(plugin, { limit, cursor }) {
  const query = new URLSearchParams({ plugin, limit, ...(cursor !== undefined && { cursor }) });
  return read(`entries?${query}`);
}

export const clear = plugin => send('POST', `${base}/clear`, { plugin });

function toState({ status }) {
  if (status === undefined) return 'unreachable';
  return status === 401 || status === 403 ? 'refused' : 'unknown';
}

/** What a failed request means, for people. */
export function toProblem({ status, message }) {
  if (status === 401) return 'The cache plugin asks for a sign-in (401), which this page has not.';
  if (status === 403) {
    return 'The cache plugin refuses this page (403). The permission policy of an app gives the rights cache.read and cache.clear.';
  }
  if (status === 404) return 'This backend has no cache plugin (404).';
  return message;
}
