import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleMessageId, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/** Messages about a report that has been written. */
const changeIds = [ConsoleMessageId.ApiReportCopied, ConsoleMessageId.ApiReportCreated, ConsoleMessageId.ApiReportDiff];

/**
 * Compares the public API of one entry of a built package with its report, or writes the report.
 *
 * @param options.folder - Folder of the package, with package.json, tsconfig.json and the reports.
 * @param options.subpath - The entry in `exports`, such as `.` or `./testing`.
 * @param options.typesFile - The built types of the entry, relative to the folder of the package.
 * @param options.write - Whether to write the report.
 * @returns One text for each problem, such as a member without documentation or an outdated report. A text about a written report begins
 * with `written: `.
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
        // A type that is visible but not exported is part of the API too.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
          // All exports are public, so release tags are not needed.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // This is off by default, but every public member needs a sentence.
          'ae-undocumented': { logLevel: ExtractorLogLevel.Warning },
          // An additional entry may link to the main one, which is not analyzed together with it.
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
