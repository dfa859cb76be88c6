// For authors of drivers over a network.
export { keepConnected } from './keepConnected';
export type { ConnectionOptions, ConnectionSource, KeptConnection } from './connectionSource';
export { toTlsOptions } from './tlsOptions';

// For drivers over several servers, which wait for more than a connection.
export { toBackOffMs } from './backOff';
export { createWaitingRoom } from './waitingRoom';
export type { WaitingRoom } from './waitingRoom';
