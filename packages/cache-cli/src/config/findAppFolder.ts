import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The root of the app that contains this folder, where the backend looks for app-config.yaml. It is the nearest folder upward whose
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
    // An unreadable or invalid package.json does not mark the root of an app.
    return false;
  }
}
