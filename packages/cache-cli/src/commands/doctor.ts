import { CONFIG_PATH } from '../config/loadCacheConfig';
import { diagnose } from '../doctor/diagnose';
import type { DoctorReport } from '../doctor/diagnose';
import type { Finding } from '../doctor/report/findings';
import { findDriver } from '../drivers/findDriver';
import { formatCount, formatDuration } from '../output/units';
import { wrap } from '../output/wrap';
import type { Printer } from '../output/printer';
import type { Command, ExitCode } from './commandContext';
import { loadConfig } from './withStore';

/** Checks the configuration and the server. */
export const doctor: Command = async context => {
  const { cwd, printer, signal, values } = context;
  const { value, appFolder } = await loadConfig(context);
  const report = await diagnose(value, {
    ...{ path: CONFIG_PATH, signal },
    loadDriver: async store => findDriver(store, { cwd, appFolder, packageName: values['driver-package'] }),
    progress: text => printer.progress(text),
  });
  if (values.json) printer.json(report);
  else printReport(printer, report);
  return toExitCode(report, values.strict);
};

function toExitCode({ findings }: DoctorReport, isStrict: boolean): ExitCode {
  if (findings.some(({ id, severity }) => id === 'config.invalid' && severity === 'error')) return 2;
  return findings.some(({ severity }) => severity === 'error' || (isStrict && severity === 'warning')) ? 1 : 0;
}

/** Width of a text, in characters. */
const WIDTH = 100;

const severities = ['error', 'warning', 'info'] as const;

function printReport(printer: Printer, { store, servers, durationMs, findings }: DoctorReport): void {
  for (const severity of severities) {
    for (const finding of findings.filter(each => each.severity === severity)) printFinding(printer, finding);
  }
  const counts = severities.map(severity => {
    const count = findings.filter(each => each.severity === severity).length;
    return `${formatCount(count)} ${severity === 'info' ? 'info' : `${severity}${count === 1 ? '' : 's'}`}`;
  });
  const where = servers.length > 0 ? ` at ${servers.join(', ')}` : '';
  printer.line(`${store}${where}: ${counts.join(', ')}, in ${formatDuration(durationMs)}`);
}

function printFinding(printer: Printer, { severity, id, title, detail, fix, docs, server }: Finding): void {
  printer.line(`${severity.toUpperCase().padEnd(8)} ${id}${server === undefined ? '' : `  ${server}`}`);
  for (const text of [title, detail, fix === '' ? '' : `What to do: ${fix}`, `See ${docs}`]) {
    if (text !== '') wrap(text, WIDTH).forEach(line => printer.line(`         ${line}`));
  }
  printer.line();
}
