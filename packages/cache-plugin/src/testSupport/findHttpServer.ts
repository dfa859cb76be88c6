import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** For `rootHttpRouterServiceFactory`: finds the port of a backend that chooses a free one. */
export function findHttpServer() {
  let found: Server | undefined;
  return {
    configure: ({ server, applyDefaults }: { readonly server: Server; readonly applyDefaults: () => void }) => {
      found = server;
      applyDefaults();
    },
    port: () => (found?.address() as AddressInfo).port,
  };
}
