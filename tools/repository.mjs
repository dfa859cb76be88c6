import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { rootFolder } from './pnpm.mjs';

/** The address of the repository, from the one place that has it: `repository` in the root's package.json; '' while there is none. */
export function readRepositoryUrl(repositoryFolder = rootFolder) {
  return JSON.parse(readFileSync(join(repositoryFolder, 'package.json'), 'utf8')).repository;
}

/** An address as somebody gives it, without the `.git` or the `/` at its end. Throws for what is no address of a repository. */
export function toRepositoryUrl(argument) {
  const wanted = 'Give the address at which the repository can be read, such as https://host/owner/name';
  if (!URL.canParse(argument)) throw new Error(`${wanted}: "${argument}" is no URL.`);
  const url = new URL(argument);
  if (url.protocol !== 'https:') throw new Error(`${wanted}: "${argument}" does not begin with https://.`);
  if (url.username || url.password) throw new Error(`${wanted}, without a user name or a password.`);
  if (url.search || url.hash) throw new Error(`${wanted}: "${argument}" has a ? or a #.`);
  const path = url.pathname.replace(/\/+$/, '').replace(/\.git$/, '');
  if (!/^(\/[\w.-]+){2,}$/.test(path)) throw new Error(`${wanted}: "${argument}" names no owner and repository.`);
  return `https://${url.host}${path}`;
}

/** The fields of a manifest that name the repository; none while there is no address. */
function toRepositoryFields(url, folder) {
  if (url === '') return {};
  return {
    homepage: `${url}/tree/main/${folder}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: 'git', url: `git+${url}.git`, directory: folder },
  };
}

/** A manifest with the fields of the repository in the place of those that it has. */
export function fillManifest(manifest, url, folder) {
  const entries = Object.entries(manifest).filter(([name]) => !['homepage', 'bugs', 'repository'].includes(name));
  const end = 1 + entries.findIndex(([name]) => name === 'license');
  const fields = Object.entries(toRepositoryFields(url, folder));
  return Object.fromEntries([...entries.slice(0, end), ...fields, ...entries.slice(end)]);
}

const mark = /^(\s*)(?:#|<!--) set-repository: (.*?)(?: -->)?$/;

/**
 * A text in which each line such as `# set-repository: url: {url}/issues` has its filled form below it, and none while there is no
 * address. In Markdown and HTML it is `<!-- set-repository: ... -->`.
 */
export function fillMarkedLines(text, url) {
  const filled = [];
  let formerLine;
  for (const line of text.split('\n')) {
    const isFormer = formerLine?.test(line);
    formerLine = undefined;
    if (isFormer) continue;
    filled.push(line);
    const [, indent, template] = mark.exec(line) ?? [];
    if (template === undefined) continue;
    formerLine = new RegExp(`^${indent}${template.split('{url}').map(escape).join('https://\\S+?')}$`);
    if (url !== '') filled.push(indent + template.replaceAll('{url}', url));
  }
  return filled.join('\n');
}

const escape = text => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * The README of a package as it is published: a link into the repository leads to its address there, or is its text alone while
 * there is no address.
 */
export function toPublishedReadme(text, url, folder) {
  return text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)/g, (_, label, target) => {
    if (url === '') return label;
    return `[${label}](${url}/blob/main/${posix.join(folder, target)})`;
  });
}
