const timeoutMs = 5000;

/** Asks the backend. Rejects with an error whose message is for people, and whose `status` is that of the answer, if there was one. */
export async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new Error(
      error.name === 'TimeoutError'
        ? `The backend has not answered for ${timeoutMs / 1000} seconds.`
        : 'The backend cannot be reached. Is it still running?',
      { cause: error },
    );
  }
  if (!response.ok) throw await toError(response);
  return response;
}

export async function send(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return (await request(path, { method, headers, body: JSON.stringify(body) })).json();
}

async function toError(response) {
  const { error } = await response.json().catch(() => ({}));
  const reason = error?.message ? `: ${error.message}` : '.';
  return Object.assign(new Error(`The backend answered with status ${response.status}${reason}`), {
    status: response.status,
  });
}
