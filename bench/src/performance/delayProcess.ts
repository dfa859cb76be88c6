// Another client of a Redis, which pings it without pause: `delayProcess.ts <connection>`.
import { createClient } from 'redis';
import { answerQuestions } from './worker';

const client = createClient({ url: String(process.argv[2]), commandOptions: { timeout: 0 } });
await client.connect();
let longestMs = 0;
void pingForEver();

/** Answers with the longest time of a ping since the last question, in ms. */
answerQuestions<object, number>(async () => {
  const answer = longestMs;
  longestMs = 0;
  return answer;
});

async function pingForEver(): Promise<never> {
  for (;;) {
    const startedAtMs = performance.now();
    await client.ping();
    longestMs = Math.max(longestMs, performance.now() - startedAtMs);
  }
}
