import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The root of the app that this folder is in, where the backend looks for app-config.yaml: the nearest folder above whose
 * package.json has workspaces, or else the folder itself.
 */
export function findAppFolder(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (hasWorkspaces(join(current, 'package.json'))) return current;
    if (dirname(current) === current) return folder;
  }
}

function hasWorkspaces(manifest: string): boolean {
  if (!existsSync(manifest)) return false;
  try {
    return Boolean((JSON.parse(readFileSync(manifest, 'utf8')) as { workspaces?: unknown }).workspaces);
  } catch {
    // Whatever it is, it is no root of an app.
    return false;
  }
}
