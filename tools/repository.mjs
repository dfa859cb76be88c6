import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { rootFolder } from './pnpm.mjs';

/** The address of the repository. It is stored only in `repository` of the root's package.json; '' while there is none. */
export function readRepositoryUrl(repositoryFolder = rootFolder) {
  return JSON.parse(readFileSync(join(repositoryFolder, 'package.json'), 'utf8')).repository;
}

/** An address as a user gives it, without a `.git` or `/` at the end. Throws if it is not the address of a repository. */
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

/** The fields of a manifest that name the repository; empty while there is no address. */
function toRepositoryFields(url, folder) {
  if (url === '') return {};
  return {
    homepage: `${url}/tree/main/${folder}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: 'git', url: `git+${url}.git`, directory: folder },
  };
}

/** A copy of a manifest in which the fields of the repository are replaced. */
export function fillManifest(manifest, url, folder) {
  const entries = Object.entries(manifest).filter(([name]) => !['homepage', 'bugs', 'repository'].includes(name));
  const end = 1 + entries.findIndex(([name]) => name === 'license');
  const fields = Object.entries(toRepositoryFields(url, folder));
  return Object.fromEntries([...entries.slice(0, end), ...fields, ...entries.slice(end)]);
}

const mark = /^(\s*)(#|<!--) set-repository: (.*?)(?: -->)?$/;

/**
 * Adds the filled form below lines such as `# set-repository: url: {url}/issues`, or removes it while there is no address. In Markdown such
 * a line is `<!-- set-repository: ... -->`.
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

/** The lines below a marked line. In Markdown an empty line separates them from the comment. */
function toTemplates(line) {
  const [, indent, comment, template] = mark.exec(line);
  return comment === '#' ? [indent + template] : ['', indent + template];
}

function isFilled(template, line) {
  const pattern = template.split('{url}').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return line !== undefined && new RegExp(`^${pattern.join('https://\\S+?')}$`).test(line);
}

/**
 * The README of a package as it is published: a link into the repository becomes its address there, or only its text while there is no
 * address.
 */
export function toPublishedReadme(text, url, folder) {
  return text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)/g, (_, label, target) => {
    if (url === '') return label;
    return `[${label}](${url}/blob/main/${posix.join(folder, target)})`;
  });
}
