import { setTimeout } from 'node:timers/promises';

/** Simulates a slow call to another system: it takes a second, and its answer contains the time. */
export async function findValue(id: string): Promise<string> {
  await setTimeout(1000);
  return `${id}, found at ${new Date().toISOString().slice(11, 19)} UTC`;
}
