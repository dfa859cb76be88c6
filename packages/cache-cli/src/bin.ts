#!/usr/bin/env node
import { runInThisProcess } from './runInThisProcess';

void runInThisProcess(process.argv.slice(2)).then(exitCode => {
  process.exitCode = exitCode;
});
