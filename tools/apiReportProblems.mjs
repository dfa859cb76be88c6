import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleMessageId, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/** Messages about a report that has been written. */
const changeIds = [ConsoleMessageId.ApiReportCopied, ConsoleMessageId.ApiReportCreated, ConsoleMessageId.ApiReportDiff];

/**
 * Compares the public API of one entry of a package, as it was built, with its report, or writes the report.
 *
 * @param options.folder - Folder of the package, with package.json, tsconfig.json and the reports.
 * @param options.subpath - The entry in `exports`, such as `.` or `./testing`.
 * @param options.typesFile - The built types of the entry, from the folder of the package.
 * @param options.write - Whether to write the report.
 * @returns One text for each problem: a member without documentation, for example, or a report that is not up to date. What has
 * been written begins with `written: `.
 */
export function apiReportProblems({ folder, subpath, typesFile, write = false }) {
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'greenroom-api-'));
  try {
    return extract({ folder, subpath, typesFile, temporaryFolder, write });
  } finally {
    rmSync(temporaryFolder, { recursive: true });
  }
}

function extract({ folder, subpath, typesFile, temporaryFolder, write }) {
  const reportFileName = toReportName(subpath);
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
        reportFileName,
        reportFolder: folder,
        reportTempFolder: temporaryFolder,
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
          // Off by default: every public member has its sentence.
          'ae-undocumented': { logLevel: ExtractorLogLevel.Warning },
          // Links of a further entry may lead to the main one, which is not looked at together with it.
          ...(subpath !== '.' && { 'ae-unresolved-link': { logLevel: ExtractorLogLevel.None } }),
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        },
      },
    },
  });
  /** @type {string[]} */
  const problems = [];
  Extractor.invoke(config, {
    localBuild: write,
    printApiReportDiff: true,
    messageCallback(message) {
      message.handled = true;
      const isProblem = [ExtractorLogLevel.Error, ExtractorLogLevel.Warning].includes(message.logLevel);
      const isWritten = write && changeIds.includes(message.messageId);
      if (isProblem) problems.push(isWritten ? `written: ${message.text}` : message.text);
    },
  });
  return problems;
}

/** Name of the report of an entry: `report.api.md` for the main one, `report-testing.api.md` for `./testing`. */
export function toReportName(subpath) {
  return `report${subpath.slice(1).replaceAll('/', '-')}.api.md`;
}
