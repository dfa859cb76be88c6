import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toPrivateSources, type Suite } from './toPrivateSources';

const machineFolder = '/etc/apt';

/**
 * Writes a configuration with which apt downloads packages without root and without changing the machine's state. Sources and keys are
 * those of the machine. Returns the path of the configuration.
 */
export async function writeAptConfiguration(folder: string, suite: Suite): Promise<string> {
  const sources = join(folder, 'sources');
  const status = join(folder, 'status');
  await Promise.all(
    [sources, join(folder, 'lists', 'partial'), join(folder, 'cache', 'archives', 'partial')].map(path =>
      mkdir(path, { recursive: true }),
    ),
  );
  await writeSources(sources, suite);
  // With the machine's status file, apt would choose an installed version, which may no longer be available for download.
  await writeFile(status, '');
  const configuration = join(folder, 'apt.conf');
  await writeFile(
    configuration,
    `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${sources}";
Dir::State::lists "${join(folder, 'lists')}";
Dir::State::status "${status}";
Dir::Cache "${join(folder, 'cache')}";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
`,
  );
  return configuration;
}

async function writeSources(folder: string, suite: Suite): Promise<void> {
  const parts = await readdir(join(machineFolder, 'sources.list.d')).catch(() => []);
  const paths = ['sources.list', ...parts.map(name => join('sources.list.d', name))];
  await Promise.all(
    paths.map(async (path, index) => {
      const format = /\.(list|sources)$/.exec(path)?.[1];
      if (format !== 'list' && format !== 'sources') return;
      const text = await readFile(join(machineFolder, path), 'utf8').catch(() => '');
      await writeFile(join(folder, `${index}.${format}`), toPrivateSources(text, format, suite));
    }),
  );
}
