import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium: that in GREENROOM_TEST_BROWSER, else one on the PATH. `undefined` if this machine has none. */
export function findBrowser(): string | undefined {
  const given = process.env.GREENROOM_TEST_BROWSER;
  if (given) return given;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  return folders.flatMap(folder => names.map(name => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
