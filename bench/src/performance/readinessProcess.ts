// Opens the caches of plugins and uses each once: `readinessProcess.ts <subject> <store> <connection> <plugins>`.
import { openSubject } from '../guarantees/openSubject';
import type { Subject } from '../guarantees/scenario';
import { answerQuestions } from './worker';

/** Answers with the time in ms, not counting imports, which are measured separately. */
answerQuestions<object, number>(async () => {
  const [subject, store, connection, plugins] = process.argv.slice(2) as [Subject, string, string, string];
  await import(`@greenroom/cache-${store}`);
  const startedAtMs = performance.now();
  const opened = openSubject(subject, store, connection);
  const pluginIds = Array.from({ length: Number(plugins) }, (_, index) => `plugin-${index}`);
  const values = await Promise.all(
    pluginIds.map(async (pluginId, index) => {
      const cache = await opened.forPlugin(pluginId);
      // Not every cache separates plugins that use the same key.
      await cache.set(`key-${index}`, index);
      return cache.get(`key-${index}`);
    }),
  );
  if (values.some((value, index) => value !== index)) throw new Error('A plugin has not got its value');
  return performance.now() - startedAtMs;
});
