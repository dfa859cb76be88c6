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

const mark = /^(\s*)(#|<!--) set-repository: (.*?)(?: -->)?$/;

/**
 * A text in which lines such as `# set-repository: url: {url}/issues` have their filled form below them, and none while there is no
 * address. In Markdown it is `<!-- set-repository: ... -->`.
 */
export function fillMarkedLines(text, url) {
  const lines = text.split('\n');
  const filled = [];
  while (lines.length > 0) {
    const end = lines.findIndex(line => !mark.test(line));
    const marked = lines.splice(0, end < 0 ? lines.length : end);
    if (marked.length === 0) filled.push(lines.shift());
    else {
      const templates = marked.flatMap(toTemplates);
      if (templates.every((template, index) => isFilled(template, lines[index]))) lines.splice(0, templates.length);
      filled.push(...marked, ...(url === '' ? [] : templates.map(template => template.replaceAll('{url}', url))));
    }
  }
  return filled.join('\n');
}

/** What a marked line becomes; in Markdown a comment and a paragraph are parted by an empty line. */
function toTemplates(line) {
  const [, indent, comment, template] = mark.exec(line);
  return comment === '#' ? [indent + template] : ['', indent + template];
}

function isFilled(template, line) {
  const pattern = template.split('{url}').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return line !== undefined && new RegExp(`^${pattern.join('https://\\S+?')}$`).test(line);
}

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
