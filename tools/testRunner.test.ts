import { executionAsyncId } from 'node:async_hooks';

it('tests run without async hooks that track promises', async () => {
  const ids = [];
  for (let turn = 0; turn < 3; turn++) {
    await Promise.resolve();
    ids.push(executionAsyncId());
  }
  // If promises were tracked, their ids would differ.
  expect(new Set(ids).size).toBe(1);
});
