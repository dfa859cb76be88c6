import { tinyDriver } from './tinyDriver.js';

/** @type {typeof tinyDriver} */
const forgetfulDriver = {
  ...tinyDriver,
  create: (...given) => ({ ...tinyDriver.create(...given), async delete() {} }),
};

/** The driver to test. `TINY_DRIVER=forgetful` is for the test of the runners, which have to fail then. */
export const target = {
  driver: process.env.TINY_DRIVER === 'forgetful' ? forgetfulDriver : tinyDriver,
  options: {},
  lacks: {
    add: 'not needed',
    clear: 'not needed',
    entries: 'not needed',
    getMany: 'not needed',
    sharedStore: 'the entries are in the driver',
  },
};
