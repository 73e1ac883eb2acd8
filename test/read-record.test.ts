import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRecord } from '../src/read-record.ts';
import { toHlog } from '../src/report/hlog.ts';
import { toHtml } from '../src/report/html/page.ts';
import { toMarkdown } from '../src/report/markdown.ts';
import { toTerminal } from '../src/report/terminal.ts';
import { sampleRecord } from './report/sample-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsscale-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(record: unknown): string {
  const file = join(folder, 'record.json');
  writeFileSync(file, JSON.stringify(record));
  return file;
}

test('a record is read as it was written', () => {
  expect(readRecord(saved(sampleRecord()))).toEqual(sampleRecord());
});

test('a record from before memory was looked at has none of it, and is reported', () => {
  const old = structuredClone(sampleRecord()) as Record<string, never> & ReturnType<typeof sampleRecord>;
  for (const phase of old.phases) {
    Reflect.deleteProperty(phase, 'memory');
    Reflect.deleteProperty(phase.generator, 'processBytesPerConnection');
    Reflect.deleteProperty(phase.server!, 'processBytesPerConnection');
  }
  const record = readRecord(saved(old));
  expect(record.phases[0]).toMatchObject({
    memory: null,
    generator: { bytesPerConnection: 9120, processBytesPerConnection: null },
    server: { processBytesPerConnection: null },
  });
  expect(toTerminal(record, { color: false, columns: 80 })).toContain(
    '8.91 KB a connection in the generator',
  );
  expect(toHtml(record)).not.toContain('<h3>Memory</h3>');
  expect(toMarkdown(record)).toContain('| per connection | 13.9 KB |');
});

test('a record from before the disorder was described has none of it, and is reported', () => {
  const old = structuredClone(sampleRecord());
  const [phase] = old.phases;
  const { streams, expected, received, missing, recovered, duplicates, reorderedRatio, resets } =
    phase.ordering;
  const counted = { streams, expected, received, missing, recovered, duplicates, reorderedRatio, resets };
  Object.assign(phase, { ordering: { ...counted, reordered: 2, maxExtent: 7, maxBufferDepth: 6 } });
  Reflect.deleteProperty(phase, 'startedAt');
  Reflect.deleteProperty(phase.messages, 'negativeOneWay');
  for (const row of phase.timeline) Reflect.deleteProperty(row, 'responseHistogram');
  const record = readRecord(saved(old));
  expect(record.phases[0]).toMatchObject({
    startedAt: null,
    messages: { negativeOneWay: null },
    ordering: { reordered: 2, lateMs: null, nReordering: null, reorderDensity: null, examples: [] },
  });
  expect(record.phases[0].timeline[0].responseHistogram).toBe(null);
  expect(toHtml(record)).toMatch(/buffer that mends it, p50 and p99<\/th><td>–</);
  expect(toTerminal(record, { color: false, columns: 80 })).toContain('mended by, p99');
  expect(toHlog(record)).toBe(null);
});

test('what only a newer version knows is kept, wherever it stands', () => {
  const [phase, ...others] = sampleRecord().phases;
  const newer = {
    ...sampleRecord(),
    weather: { sky: 'clear' },
    phases: [
      { ...phase, herds: phase.herds.map((herd) => ({ ...herd, mood: [1, { deep: true }] })) },
      ...others,
    ],
  };
  expect(readRecord(saved(newer))).toEqual(newer);
});

test.for([
  ['no JSON', 'not json', /cannot be read as a record/],
  ['another version', { ...sampleRecord(), schemaVersion: 2 }, /is not a record of version 1/],
] as const)('%s is refused', ([, record, message]) => {
  const file = saved(record);
  if (record === 'not json') writeFileSync(file, record);
  expect(() => readRecord(file)).toThrow(message);
});
