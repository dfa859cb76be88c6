export { describeConformance } from './describeConformance';
export { describeOutages } from './describeOutages';
export { describeServer } from './describeServer';
export { describeServerStates } from './describeServerStates';
export { describeTopologies } from './describeTopologies';
export { cleanUp, createStoreUnderTest, errorOf } from './storeUnderTest';
