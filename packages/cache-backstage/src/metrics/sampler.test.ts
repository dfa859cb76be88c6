import { createSample, createSampler } from './sampler';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const take = (count: number, takes: () => boolean) => Array.from({ length: count }, takes).filter(Boolean).length;

describe('the sampler of a histogram', () => {
  it('takes the first 100 values of each series per second, and about one in ten of the others', () => {
    const sampler = createSampler();
    const [one, other] = [createSample(), createSample()];
    expect(take(100, () => sampler.takes(one))).toBe(100);
    expect(take(100, () => sampler.takes(other))).toBe(100);

    // The bounds are six standard deviations from 10,000: the test fails by chance once in 500 million runs.
    const others = take(100_000, () => sampler.takes(one));
    expect(others).toBeGreaterThan(9430);
    expect(others).toBeLessThan(10_570);

    jest.advanceTimersByTime(1000);
    expect(take(100, () => sampler.takes(one))).toBe(100);
    sampler.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
