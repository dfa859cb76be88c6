import { defineConfig } from 'tsup';
import base from '../../tsup.base';

export default defineConfig({
  ...base,
  entry: { index: 'src/index.ts', connection: 'src/connection/index.ts', testing: 'src/testing/index.ts' },
  plugins: [
    {
      name: 'suites-without-maps',
      // Every app would install 1.5 MB for them. What is built is as readable, with its names and line ends.
      renderChunk(_code, chunk) {
        if (/testing\.c?js$/.test(chunk.path)) delete chunk.map;
      },
    },
  ],
});
