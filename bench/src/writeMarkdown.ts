import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

/** Writes a page, formatted as the project's checks require. */
export async function writeMarkdown(path: string, page: string): Promise<void> {
  await writeFile(path, await format(page, { ...(await resolveConfig(path)), filepath: path }));
}
