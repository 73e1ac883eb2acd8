import { HistogramLogReader, listTags } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import type { Phase, RunRecord, TimelineRow } from '../../src/model/record.ts';
import { toHlog } from '../../src/report/hlog.ts';
import { addCounts, createHistogram } from '../../src/stats/histogram.ts';
import { encodeHistogram, summarize } from '../../src/stats/summary.ts';
import { latencies } from '../support/intervals.ts';
import { samplePhase } from './sample-phase.ts';
import { sampleRecord } from './sample-record.ts';
import { timeline } from './sample-timeline.ts';

const STARTED = '2026-11-24T06:03:12.481Z';
const RUN_S = Date.parse(STARTED) / 1000;

/** Three seconds; in the second one nothing was answered. */
const SECONDS = [
  { response: [1, 2, 40], service: [0.5, 1, 2] },
  { response: [], service: [] },
  { response: [3, 3.7], service: [2, 2.4] },
];

function encoded(ms: number[]): string | null {
  const histogram = createHistogram();
  addCounts(histogram, latencies(ms));
  return encodeHistogram(histogram);
}

function phase(name: string, startedAt: string | null, seconds = SECONDS): Phase {
  const row = timeline(createRandom(1, 'hlog'))[20];
  const rows = seconds.map(
    ({ response, service }, i): TimelineRow => ({
      ...row,
      tMs: i * 1000,
      responseHistogram: encoded(response),
      serviceHistogram: encoded(service),
    }),
  );
  return { ...samplePhase(), name, startedAt, timeline: rows };
}

function record(...phases: Phase[]): RunRecord {
  const sample = sampleRecord();
  return { ...sample, run: { ...sample.run, startedAt: STARTED }, phases };
}

/** All lines as HdrHistogram's own reader finds them. */
function read(log: string) {
  const reader = new HistogramLogReader(log);
  const lines = [];
  for (let line = reader.nextIntervalHistogram(); line !== null; line = reader.nextIntervalHistogram()) {
    lines.push(line);
  }
  return lines;
}

describe('an HdrHistogram log of a record', () => {
  const log = toHlog(record(phase('single', STARTED))) ?? '';

  test('has its version, the base and the start time, and the legend before all else', () => {
    const startS = '1795500192.481';
    expect(Number(startS)).toBe(RUN_S);
    expect(log.split('\n').slice(1, 5)).toEqual([
      '#[Histogram log format version 1.3]',
      `#[BaseTime: ${startS} (seconds since epoch), ${STARTED}]`,
      `#[StartTime: ${startS} (seconds since epoch), ${STARTED}]`,
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]);
  });

  test('has one line for each second and kind that has anything, with its maximum in ms', () => {
    const lines = log.split('\n').filter((line) => line.startsWith('Tag='));
    expect(lines.map((line) => line.split(',').slice(0, 4).join())).toEqual([
      'Tag=single.response,0.000,1.000,40.031',
      'Tag=single.service,0.000,1.000,2.000',
      'Tag=single.response,2.000,1.000,3.701',
      'Tag=single.service,2.000,1.000,2.401',
    ]);
  });

  test('is read back by HdrHistogram with the time at which each second began', () => {
    expect(listTags(log)).toEqual(['single.response', 'single.service']);
    const responses = read(log).filter(({ tag }) => tag === 'single.response');
    expect(
      responses.map(({ startTimeStampMsec, endTimeStampMsec }) => [startTimeStampMsec, endTimeStampMsec]),
    ).toEqual([
      [RUN_S * 1000, RUN_S * 1000 + 1000],
      [RUN_S * 1000 + 2000, RUN_S * 1000 + 3000],
    ]);
  });

  test('adds up, tag by tag, to what the seconds had, with every percentile', () => {
    for (const kind of ['response', 'service'] as const) {
      const whole = createHistogram();
      for (const second of SECONDS) addCounts(whole, latencies(second[kind]));
      const parts = read(log).filter(({ tag }) => tag === `single.${kind}`);
      const [sum, ...others] = parts;
      for (const other of others) sum.add(other);
      const { count, p50, p99 } = summarize(whole);
      expect(sum.totalCount).toBe(count);
      expect([sum.getValueAtPercentile(50) / 1000, sum.getValueAtPercentile(99) / 1000]).toEqual([p50, p99]);
    }
  });
});

test('each phase begins where it began in the run, under its own tag', () => {
  const later = new Date(Date.parse(STARTED) + 61_500).toISOString();
  const log = toHlog(record(phase('single', STARTED), phase('clu,s ter', later))) ?? '';
  const firsts = read(log).filter(({ tag }) => tag === 'clu_s_ter.response');
  expect(firsts[0].startTimeStampMsec).toBe(RUN_S * 1000 + 61_500);
});

test('a line has the histogram of its second as it stands in the record', () => {
  const one = phase('single', STARTED);
  const lines = (toHlog(record(one)) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('Tag=single.response'));
  expect(lines.map((line) => line.split(',')[4])).toEqual(
    one.timeline.flatMap(({ responseHistogram }) => responseHistogram ?? []),
  );
});

test('a record without histograms of single seconds has no log', () => {
  expect(toHlog(sampleRecord())).toBe(null);
});
