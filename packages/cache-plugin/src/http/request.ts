import type { HttpRouterService } from '@backstage/backend-plugin-api';

/** A handler of requests, as Backstage takes it. */
export type Handler = Parameters<HttpRouterService['use']>[0];

export type Request = Parameters<Handler>[0];
