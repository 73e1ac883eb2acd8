import { describe, expect, test } from 'vitest';
import type { Generator } from '../../src/model/record.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { toJunit } from '../../src/report/junit.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import { samplePhase } from './sample-phase.ts';
import { sampleRecord } from './sample-record.ts';

function phaseWith(said: Partial<Generator>) {
  const phase = samplePhase();
  return { ...phase, generator: { ...phase.generator, ...said } };
}

const STARVED = {
  valid: false,
  judgedSeconds: 9,
  markedSeconds: 7,
  reasons: [
    '2 of 2 cores busy (generator 0.9, server 0.8, others 0.3): halve the rate, or run the server elsewhere (in 7 of 9 seconds)',
  ],
};

const CALIBRATED = {
  calibration: {
    measuredAt: '2026-01-01T00:00:00.000Z',
    messagesPerS: 40_000,
    usedRatio: 0.85,
    connectsPerS: 9000,
    latenessP99Ms: 0.3,
    serviceP99Ms: 0.41,
  },
};

describe('the generator of a phase', () => {
  const fitnessOf = (said: Partial<Generator>) =>
    comparisonRows([phaseWith(said)]).find(({ label }) => label === 'generator')?.values[0];

  test.for<[string, Partial<Generator>, string]>([
    ['was valid', { judgedSeconds: 30, markedSeconds: 0 }, 'valid'],
    [
      'was valid, though not in each second',
      { judgedSeconds: 30, markedSeconds: 1 },
      'valid (1 of 30 s marked)',
    ],
    ['was not', STARVED, 'INVALID (generator)'],
    ['was not judged', { judgedSeconds: 0, markedSeconds: 0 }, 'not judged'],
    [
      'was valid, in a record that does not count seconds',
      { judgedSeconds: null, markedSeconds: null },
      'valid',
    ],
  ])('%s', ([, said, words]) => {
    expect(fitnessOf(said)).toBe(words);
  });
});

describe('every report', () => {
  const recordWith = (said: Partial<Generator>) => ({ ...sampleRecord(), phases: [phaseWith(said)] });
  const flat = (text: string) => text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

  test('says who had the cores, and what helps', () => {
    const record = recordWith(STARVED);
    const columns = { color: false, columns: 110 };
    for (const text of [toTerminal(record, columns), toHtml(record), toJunit(record), toMarkdown(record)]) {
      expect(flat(text)).toContain('2 of 2 cores busy');
      expect(flat(text)).toContain('run the server elsewhere');
    }
  });

  test('for people says how much of what it can do was used, where that is known', () => {
    const words = '85.0 % used of the 40,000 messages/s that it can send on this machine';
    const columns = { color: false, columns: 110 };
    expect(flat(toTerminal(recordWith(CALIBRATED), columns))).toContain(words);
    expect(flat(toHtml(recordWith(CALIBRATED)))).toContain(words);
    expect(flat(toTerminal(recordWith({}), columns))).not.toContain('that it can send');
  });

  test('in HTML says how many seconds were marked', () => {
    expect(flat(toHtml(recordWith(STARVED)))).toContain('seconds marked 7 of 9 s marked');
  });
});
