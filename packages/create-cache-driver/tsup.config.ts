import { defineConfig } from 'tsup';
import base from '../../tsup.base';

// A program, and no library: one form, and no types.
export default defineConfig({ ...base, format: ['esm'], dts: false });
