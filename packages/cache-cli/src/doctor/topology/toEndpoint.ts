import type { NodeAccess } from '@greenroom/redis-common';
import { toPlaceName } from '../link/endpoint';
import type { Endpoint, Place } from '../link/endpoint';

/** The endpoint for a server's address. */
export function toEndpoint(place: Place, { tls }: Pick<NodeAccess, 'tls'>): Endpoint {
  const where: Place = 'path' in place ? { path: place.path } : { host: place.host, port: place.port };
  return { name: toPlaceName(where), place: where, ...(tls && { tls }) };
}
