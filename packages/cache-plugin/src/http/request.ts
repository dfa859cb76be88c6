import type { HttpRouterService } from '@backstage/backend-plugin-api';

/** A request handler, of the type that Backstage accepts. */
export type Handler = Parameters<HttpRouterService['use']>[0];

export type Request = Parameters<Handler>[0];
