export { cleanUp, createStoreUnderTest, errorOf } from './storeUnderTest';
export { describeConformance } from './describeConformance';
export { describeCredentials } from './describeCredentials';
export { describeHostileServer } from './describeHostileServer';
export { describeOutages } from './describeOutages';
export { describeProxies } from './describeProxies';
export { describeServer } from './describeServer';
export { describeServerStates } from './describeServerStates';
export { describeTopologies } from './describeTopologies';
