import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** For `rootHttpRouterServiceFactory`: finds out on which port the backend listens, when it may choose one itself. */
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
