import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  // `typecheck` checks the types; checking each package here again took a third of the build.
  dts: { compilerOptions: { noCheck: true, types: ['node'] } },
  sourcemap: true,
  // A build of the code alone leaves the types, which editors read; a build of both removes them by itself.
  clean: ['!**/*.d.{ts,cts}'],
  target: 'node20',
  platform: 'node',
  splitting: false,
  removeNodeProtocol: false,
  esbuildOptions(options, { format }) {
    // Jest cannot run `import()` from CommonJS; `require()` works there and in Node alike.
    if (format === 'cjs') options.supported = { 'dynamic-import': false };
  },
});
