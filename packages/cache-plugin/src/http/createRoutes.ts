import type { HttpAuthService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import openApiDocument from '../../openapi.json';
import type { EntriesQuery, Operations } from '../operations/createOperations';
import { readPlugin } from './readPlugin';
import type { Request } from './request';

type Answer = (request: Request) => Promise<object>;

export interface RoutesOptions {
  readonly httpAuth: HttpAuthService;
  readonly operations: Operations;
}

/** The function that answers each route, by method and path. openapi.json describes the routes. */
export function createRoutes({ httpAuth, operations }: RoutesOptions): ReadonlyMap<string, Answer> {
  return new Map<string, Answer>([
    ['GET /openapi.json', async () => openApiDocument],
    ['GET /v1/status', async request => operations.status(await httpAuth.credentials(request))],
    ['GET /v1/plugins', async request => operations.plugins(await httpAuth.credentials(request))],
    [
      'GET /v1/entries',
      async request => {
        const caller = await httpAuth.credentials(request);
        return operations.entries(caller, readQuery(request.url));
      },
    ],
    [
      'POST /v1/clear',
      async request => {
        const caller = await httpAuth.credentials(request);
        return operations.clear(caller, await readPlugin(request), { request });
      },
    ],
  ]);
}

function readQuery(url: string): EntriesQuery {
  const { searchParams } = new URL(url, 'http://localhost');
  const read = (name: string) => {
    const [value, ...others] = searchParams.getAll(name);
    if (others.length > 0) throw new InputError(`'${name}' may be there once`);
    return value;
  };
  return { plugin: read('plugin'), limit: read('limit'), cursor: read('cursor') };
}
