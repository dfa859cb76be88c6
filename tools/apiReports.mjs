import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { rootFolder } from './pnpm.mjs';
import { publishedPackages } from './workspace.mjs';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

// Compares the API of every entry of every package, as it was built, with the report next to its package.json.
let upToDate = true;
const temporaryFolder = mkdtempSync(join(tmpdir(), 'greenroom-api-'));
try {
  for (const { folder, manifest } of publishedPackages()) {
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      if (target.import?.types) upToDate = isUpToDate(folder, subpath, target.import.types) && upToDate;
    }
  }
} finally {
  rmSync(temporaryFolder, { recursive: true });
}
if (!upToDate && !values.write) {
  console.error('Look at what changed, run `npm run fix:api`, and describe it with `npm run changeset`.');
  process.exitCode = 1;
}

function isUpToDate(folder, subpath, typesFile) {
  const reportName = `report${subpath.slice(1).replaceAll('/', '-')}.api.md`;
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, typesFile),
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: reportName,
        reportFolder: folder,
        reportTempFolder: join(temporaryFolder, basename(folder)),
        // A type that can be seen but not named is part of the API all the same.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
          // Everything that is exported is public.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // A member whose name says everything needs no sentence.
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          // Links of a further entry may lead to the main one, which is not looked at together with it.
          ...(subpath !== '.' && { 'ae-unresolved-link': { logLevel: ExtractorLogLevel.None } }),
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        },
      },
    },
  });
  const path = relative(rootFolder, join(folder, reportName));
  const result = Extractor.invoke(config, {
    localBuild: values.write,
    printApiReportDiff: true,
    messageCallback: message => showMessage(path, message),
  });
  return result.succeeded && !result.apiReportChanged;
}

/** Shows what is wrong and what changed. */
function showMessage(path, message) {
  message.handled = true;
  if (message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning) {
    console.error(`${path}: ${message.text}`);
  }
}
