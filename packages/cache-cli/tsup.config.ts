import { defineConfig } from 'tsup';
import base from '../../tsup.base';

const types = '!**/*.d.{ts,cts}';

export default defineConfig([
  { ...base, clean: ['!bin.*', types] },
  // One form for the program: it loads the packages of stores by `require`, and so shares core with them.
  { ...base, entry: ['src/bin.ts'], format: ['cjs'], dts: false, clean: ['!index.*', types] },
]);
