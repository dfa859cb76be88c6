import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** The answer of a server, with status 200 by default. */
export interface HttpReply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
}

/** A request, with its body as text. */
export interface HttpRequest extends Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  readonly body: string;
}

export interface HttpServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly HttpRequest[];
}

/** Starts a server on this machine for one test. It stops when the test ends. */
export async function startHttpServer(
  answer: (request: HttpRequest) => HttpReply | Promise<HttpReply>,
): Promise<HttpServer> {
  const requests: HttpRequest[] = [];
  const server = createServer((incoming, response) => {
    const respond = async () => {
      const request = { ...pick(incoming), body: await text(incoming) };
      requests.push(request);
      const { status = 200, headers, json } = await answer(request);
      response.writeHead(status, headers).end(json === undefined ? '' : JSON.stringify(json));
    };
    respond().catch((error: Error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function pick({ method, url, headers }: IncomingMessage): Omit<HttpRequest, 'body'> {
  return { headers, ...(method !== undefined && { method }), ...(url !== undefined && { url }) };
}
