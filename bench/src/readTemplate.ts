import { readFile } from 'node:fs/promises';

/** Reads the template of a page in `docs`. Its links are relative to the template, so that they can be checked, and are adjusted here. */
export async function readTemplate(path: string | URL): Promise<string> {
  const template = await readFile(path, 'utf8');
  return template.replaceAll('](../../../docs/', '](');
}
