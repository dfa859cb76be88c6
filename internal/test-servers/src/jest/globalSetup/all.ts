import { serverKinds } from '../../engines/serverKind';
import { setUpServers } from '../setUpServers';

/** For projects whose tests share a server of each kind. */
export default () => setUpServers(serverKinds);
