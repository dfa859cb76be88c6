import type { Request } from './request';

/** Longest body, in bytes. One with a plugin id needs about a hundred. */
const MAX_BYTES = 4096;

/** `plugin` of a body `{ "plugin": "catalog" }`; `undefined` for any other body. */
export async function readPlugin(request: Request): Promise<unknown> {
  const body: unknown = request.body ?? toJson(await readText(request));
  return typeof body === 'object' && body !== null && 'plugin' in body ? body.plugin : undefined;
}

/** Reads to the end, so that the answer can be sent on the same connection, but keeps at most `MAX_BYTES`. */
async function readText(request: Request): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BYTES ? Buffer.concat(chunks).toString() : '';
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
