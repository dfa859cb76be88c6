export { describeConformance } from './describeConformance';
export { describeOutages } from './describeOutages';
export { describeServer } from './describeServer';
export { describeTopologies } from './describeTopologies';
export { cleanUp, createStoreUnderTest, errorOf } from './storeUnderTest';
