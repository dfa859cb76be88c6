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
  if (!response.ok) throw toError(await response.json().catch(() => ({})), response.status);
  return response;
}

/** The body of an answer. Rejects as `request` does, also when the body is an error. */
export async function requestJson(path, options) {
  const body = await (await request(path, options)).json();
  if (body.error) throw toError(body, body.response?.statusCode);
  return body;
}

export function send(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return requestJson(path, { method, headers, body: JSON.stringify(body) });
}

function toError({ error }, status) {
  const reason = error?.message ? `: ${error.message}` : '.';
  return Object.assign(new Error(`The backend answered with status ${status}${reason}`), { status });
}
