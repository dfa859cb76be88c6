import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

interface Outcome {
  readonly value?: unknown;
  readonly message?: string;
}

/** Calls an exported function in a process of its own: Jest cannot load modules that Node itself has to read first. */
export async function callModule(file: string, name: string, ...args: unknown[]): Promise<Outcome> {
  const script = `
    const exported = await import(${JSON.stringify(resolve(__dirname, file))});
    let outcome;
    try {
      outcome = { value: exported[${JSON.stringify(name)}](...${JSON.stringify(args)}) };
    } catch ({ message }) {
      outcome = { message };
    }
    console.log(JSON.stringify(outcome));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout) as Outcome;
}
