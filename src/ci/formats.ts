/**
 * The forms in which a record can be had for other programs, by the names under which those know them.
 */

import type { RunRecord } from '../model/record.ts';
import { toJunit } from '../report/junit.ts';
import { toMarkdown } from '../report/markdown.ts';
import { toOpenMetrics } from './openmetrics.ts';
import { toBencher, toCustomBenchmark } from './trends.ts';

export const FORMATS: Record<string, (record: RunRecord) => string> = {
  junit: toJunit,
  markdown: (record) => `${toMarkdown(record)}\n`,
  openmetrics: toOpenMetrics,
  customSmallerIsBetter: (record) => toCustomBenchmark(record, 'lower'),
  customBiggerIsBetter: (record) => toCustomBenchmark(record, 'higher'),
  bencher: toBencher,
};
