#!/usr/bin/env node
import { relative } from 'node:path';
import { createDriverPackage } from './createDriverPackage';
import { toNextSteps } from './toNextSteps';

const usage = 'create-cache-driver <store> [folder]';

async function run([store, folder = `${store}-cache-driver`, ...others]: readonly string[]): Promise<void> {
  if (store === undefined || others.length > 0) throw new Error(`Usage: ${usage}`);
  await createDriverPackage(store, folder);
  console.log(toNextSteps(store, relative('', folder), process.env.npm_config_user_agent));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
