import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  // Backstage finds the driver by `require`.
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'node20',
  platform: 'node',
});
