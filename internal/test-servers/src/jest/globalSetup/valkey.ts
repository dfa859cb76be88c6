import { setUpServers } from '../setUpServers';

/** For projects whose tests share a server of this kind. */
export default () => setUpServers(['valkey']);
