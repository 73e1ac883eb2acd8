/** `wsscale report`: makes the reports of a saved record again. */

import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import {
  FORMATS,
  prepareFolder,
  type RunRecord,
  readRecord,
  toHlog,
  toTerminal,
  usageError,
  writeReports,
  writeText,
} from '../index.ts';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

export function addReport(program: Command, terminal: Terminal): void {
  program
    .command('report')
    .summary('make the reports of a record again')
    .description(
      'Makes report.html, junit.xml and summary.md again from a record.json, and prints its summary.',
    )
    .argument('<record>', 'a record.json')
    .option('--out <dir>', "where to write them (default: the record's own folder)")
    .option('--hlog <file>', 'write the latencies of each second as an HdrHistogram log, too')
    .addOption(
      new Option('--format <name>', 'print the record in this form, and write nothing').choices(
        Object.keys(FORMATS),
      ),
    )
    .action(async (file: string, flags: { out?: string; hlog?: string; format?: string }) => {
      const record = readRecord(file);
      if (flags.format !== undefined) {
        await terminal.raw(FORMATS[flags.format](record));
        return;
      }
      if (flags.hlog !== undefined) writeText(flags.hlog, hlogOf(record, file));
      const folder = prepareFolder(flags.out ?? dirname(file));
      const { problems, folder: written } = writeReports(folder, record);
      terminal.out(toTerminal(record, terminal));
      for (const problem of problems) terminal.err(problem);
      terminal.out(written);
      if (problems.length > 0) terminal.exit(EXIT.bug);
    });
}

function hlogOf(record: RunRecord, file: string): string {
  const log = toHlog(record);
  if (log !== null) return log;
  throw usageError(
    `${file} has no latencies of single seconds: nothing was answered, or an older wsscale wrote it.`,
  );
}
