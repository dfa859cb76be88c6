import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium: the one in GREENROOM_TEST_BROWSER, otherwise one on the PATH. Throws if there is none. */
export function findBrowser(): string {
  const given = process.env.GREENROOM_TEST_BROWSER;
  if (given) return given;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  const found = folders.flatMap(folder => names.map(name => join(folder, name))).find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `There is no browser to test the page with: none of ${names.join(', ')} is on the PATH. Install one, with ` +
      '"apt-get install chromium" for example, or name its program in GREENROOM_TEST_BROWSER, then run the tests again.',
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
