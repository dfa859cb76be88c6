import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The answers of a replica, by `METHOD path`. */
export type Answers = Readonly<Record<string, { readonly status?: number; readonly body: unknown }>>;

/** A server that answers as the plugin of the cache does. */
export interface TestReplica {
  readonly url: string;
  /** The requests so far: `METHOD path body`, and the token that was sent. */
  readonly requests: readonly { readonly text: string; readonly authorization: string | undefined }[];
  stop(): Promise<void>;
}

/** @param answers - For paths after `/api/cache/v1/`; others answer 404. */
export async function startReplica(answers: Answers): Promise<TestReplica> {
  const requests: TestReplica['requests'][number][] = [];
  const server = createServer((request, response) => {
    void text(request).then(sent => {
      const name = `${request.method} ${request.url?.replace('/api/cache/v1/', '')}`;
      requests.push({ text: `${name} ${sent}`.trim(), authorization: request.headers.authorization });
      const { status = 200, body } = answers[name] ?? { status: 404, body: { error: { message: 'Not found' } } };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
