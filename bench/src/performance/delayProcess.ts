// Another client of a Redis, which pings it all the time: `delayProcess.ts <connection>`.
import { createClient } from 'redis';
import { answerQuestions } from './worker';

const client = createClient({ url: String(process.argv[2]), commandOptions: { timeout: 0 } });
await client.connect();
let longestMs = 0;
void pingForEver();

/** The longest that a ping has taken since the question before, in ms. */
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
