export { describeConformance } from './describeConformance';
export { describeServer } from './describeServer';
export { describeTopologies } from './describeTopologies';
export { createStoreUnderTest } from './storeUnderTest';
