import { createCacheDriverFeature } from '@greenroom/cache-backstage';
import { tcpDriver } from './tcpDriver';

export { tcpDriver, tcpSchema } from './tcpDriver';
export type { TcpOptions } from './tcpDriver';

/** Lets a backend add this package. The type is given, since with pnpm the package cannot name that of Backstage by itself. */
const feature: ReturnType<typeof createCacheDriverFeature> = createCacheDriverFeature(tcpDriver);
export default feature;
