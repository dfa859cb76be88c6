import { UsageError } from '../usage/usageError';

/** The routes of one replica. */
export interface Replica {
  /** Its address as given, but without a trailing slash. */
  readonly url: string;
  get<Body>(path: string, query?: Readonly<Record<string, string>>): Promise<Body>;
  post<Body>(path: string, body: unknown): Promise<Body>;
}

/** The failure of a replica. The message says what to do. */
class ReplicaError extends Error {
  constructor(
    readonly url: string,
    message: string,
  ) {
    super(message);
    this.name = 'ReplicaError';
  }
}

/** How to reach replicas. */
export interface ReplicaOptions {
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

/** Longest time for a question, and for a clear, which may go through the whole store. */
const GET_TIMEOUT_MS = 15_000;
const POST_TIMEOUT_MS = 600_000;

/** Longest message of a replica that is shown, in characters. */
const MAX_MESSAGE = 500;

/** Checks the addresses. Throws a {@link UsageError}. */
export function toReplicas(urls: readonly string[], options: ReplicaOptions): Replica[] {
  return [...new Set(urls.map(toBaseUrl))].map(url => createReplica(url, options));
}

function toBaseUrl(text: string): string {
  const example = '--url needs the address of a backend, such as http://localhost:7007';
  if (!URL.canParse(text)) throw new UsageError(example);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw new UsageError(`${example}, by http or https`);
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--url takes no credentials: put a token into the environment variable GREENROOM_CACHE_TOKEN');
  }
  if (url.search !== '' || url.hash !== '') throw new UsageError(`${example}, without a query`);
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/cache(?:\/v1)?$/, '');
}

function createReplica(url: string, { token, signal }: ReplicaOptions): Replica {
  async function ask<Body>(path: string, timeoutMs: number, init: RequestInit): Promise<Body> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const fail = (message: string) => new ReplicaError(url, message);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/api/cache/v1/${path}`, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        headers: { ...init.headers, accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      });
      text = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw fail(`does not answer within ${timeoutMs / 1000} s`);
      throw fail(`cannot be reached (${toCode(error)})`);
    }
    if (response.ok) {
      const body = parse(text);
      if (typeof body === 'object' && body !== null) return body as Body;
    }
    throw fail(toReason(response.status, text, token !== undefined));
  }

  return {
    url,
    get: (path, query = {}) => {
      const search = new URLSearchParams(query).toString();
      return ask(search === '' ? path : `${path}?${search}`, GET_TIMEOUT_MS, {});
    },
    post: (path, body) =>
      ask(path, POST_TIMEOUT_MS, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}

function toReason(status: number, text: string, hasToken: boolean): string {
  const body = parse(text) as { readonly error?: { readonly message?: unknown } } | undefined;
  const message = typeof body?.error?.message === 'string' ? `: ${body.error.message.slice(0, MAX_MESSAGE)}` : '';
  if (status < 300) return 'does not answer with JSON: give the address of the backend itself';
  if (status < 400) return `leads elsewhere (${status}): give the address of the backend itself`;
  const advice = toAdvice(status, hasToken);
  return `answers ${status}${advice === undefined ? message : `${message}. ${advice}`}`;
}

function toAdvice(status: number, hasToken: boolean): string | undefined {
  switch (status) {
    case 401:
      return hasToken
        ? 'It does not know the token in GREENROOM_CACHE_TOKEN: see backend.auth.externalAccess'
        : 'Put a token that it knows into GREENROOM_CACHE_TOKEN: see backend.auth.externalAccess';
    case 403:
      return 'The token needs the permission cache.read, and cache.clear to clear';
    case 404:
      return 'Add @greenroom/cache-plugin to the backend, and give its address, such as http://localhost:7007';
    default:
      return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of a failed request: the error message may contain something secret. */
function toCode(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'no answer';
}
