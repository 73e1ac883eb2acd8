/**
 * What a run writes beside what it prints: each reporter is a pure function of the record.
 */

import type { RunRecord } from '../model/record.ts';
import { toHtml } from './html/page.ts';
import { toJson } from './json.ts';
import { toJunit } from './junit.ts';
import { toMarkdown } from './markdown.ts';

/** The reporters by the name of the file that they fill. */
export const reporters: Record<string, (record: RunRecord) => string> = {
  'record.json': toJson,
  'report.html': toHtml,
  'junit.xml': toJunit,
  'summary.md': toMarkdown,
};
