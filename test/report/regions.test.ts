import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import type { Failover } from '../../src/model/regions.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { regions } from '../../src/report/html/region-table.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { quietPhase } from '../support/phases.ts';

const FAILOVER: Failover = {
  region: 'here',
  brokenAtMs: 5000,
  affected: 1000,
  landed: { there: 900, elsewhere: 100 },
  waited: 1000,
  detectionMs: 1500,
  ttlMs: 2500,
  reconnectMs: 800,
  totalMs: 4800,
  lost: 7,
  recovered: 0,
  upAgainMs: 600,
};

const phaseWith = (failovers: Failover[], said: Partial<Phase> = {}) =>
  quietPhase({
    regions: {
      ...quietPhase().regions,
      connections: [{ region: 'here', atPeak: 1000, atLast: 900 }],
      failovers,
    } as Phase['regions'],
    ...said,
  });

const OVERLOADED = { generator: { ...quietPhase().generator, valid: false, reasons: ['busy'] } };

describe('a region that was lost', () => {
  test('is told in a sentence, with the parts of the time', () => {
    expect(phaseSentence(phaseWith([FAILOVER]))).toContain(
      'here was lost, and all 1,000 of its clients landed in another region, after 4.80 s on the average (detection 1.50 s + TTL 2.50 s + reconnect 800 ms).',
    );
  });

  test('is told without a time that nobody can trust, or that there is none of', () => {
    const sentence = 'here was lost, and all 1,000 of its clients landed in another region.';
    expect(phaseSentence(phaseWith([FAILOVER], OVERLOADED))).toContain(sentence);
    const unseen = { detectionMs: null, ttlMs: null, reconnectMs: null, totalMs: null };
    expect(phaseSentence(phaseWith([{ ...FAILOVER, ...unseen }]))).toContain(sentence);
  });

  test('does not have all of its clients elsewhere that came back to it, or not at all', () => {
    const landed = { there: 900, here: 50 };
    expect(phaseSentence(phaseWith([{ ...FAILOVER, landed }]))).toContain(
      'here was lost, and 900 of 1,000 of its clients landed in another region',
    );
  });

  test('has rows beside other phases, which have none', () => {
    const rows = comparisonRows([phaseWith([FAILOVER]), quietPhase()]);
    const valuesOf = (label: string) => rows.find((row) => row.label === label)?.values;
    expect(valuesOf('region: detection')).toEqual(['1.50 s', '–']);
    expect(valuesOf('region: TTL')).toEqual(['2.50 s', '–']);
    expect(valuesOf('region: reconnect')).toEqual(['800 ms', '–']);
    expect(valuesOf('region: total')).toEqual(['4.80 s', '–']);
    const without = comparisonRows([phaseWith([]), quietPhase()]);
    expect(without.filter(({ label }) => label.startsWith('region'))).toEqual([]);
  });

  test('has a table, in which nobody can write markup', () => {
    const hostile = phaseWith([{ ...FAILOVER, region: '<b>' }]);
    const text = regions(hostile)?.markup;
    expect(text).toContain('there: 900, elsewhere: 100');
    expect(text).not.toContain('<b>');
    expect(regions(quietPhase())).toBeNull();
  });
});
