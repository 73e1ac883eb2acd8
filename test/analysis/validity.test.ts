import { describe, expect, test } from 'vitest';
import { judgeSeconds } from '../../src/analysis/validity.ts';
import { STAGES, type UnjudgedRow } from '../../src/model/record.ts';
import fc from '../support/properties.ts';
import { row, rows } from '../support/rows.ts';

const LATE = { latenessP99Ms: 50 };

describe('a second is marked', () => {
  test.for<[string, Partial<UnjudgedRow>, string[]]>([
    ['not, if all was well', {}, []],
    ['if a worker was silent', { silentWorkers: 1 }, ['silent worker']],
    ['if messages were sent more than 2 ms late', { latenessP99Ms: 2.01 }, ['late']],
    ['not, if they were sent 2 ms late', { latenessP99Ms: 2 }, []],
    ['not, if the lateness is a tenth of the latency', { latenessP99Ms: 10, p99Ms: 100 }, []],
    ['if it is more than a tenth of the latency', { latenessP99Ms: 10.1, p99Ms: 100 }, ['late']],
    ['if it was late and nothing was answered', { latenessP99Ms: 3, p99Ms: null }, ['late']],
    ['not, if nothing was sent', { latenessP99Ms: null, p99Ms: null }, []],
    ['if a loop was more than 90 % busy', { eluMax: 0.901 }, ['busy']],
    ['not, if it was 90 % busy', { eluMax: 0.9 }, []],
    ['not, if nobody knows how busy it was', { eluMax: null }, []],
    ['if a message was not sent in time', { droppedLate: 1 }, ['not sent']],
    [
      'with all that is wrong',
      { silentWorkers: 1, latenessP99Ms: 9, eluMax: 1, droppedLate: 3 },
      ['silent worker', 'late', 'busy', 'not sent'],
    ],
  ])('%s', ([, said, marks]) => {
    const { timeline } = judgeSeconds([row(said)]);
    expect(timeline).toMatchObject([{ marks, valid: marks.length === 0 }]);
  });
});

describe('only whole seconds of a hold or a search are judged', () => {
  test.for(STAGES.map((stage) => ({ stage, judged: stage === 'hold' || stage === 'search' })))(
    '$stage: $judged',
    ({ stage, judged }) => {
      const { timeline, valid } = judgeSeconds(rows(3, { stage, ...LATE }));
      expect(timeline.every(({ marks }) => marks.length > 0 === judged)).toBe(true);
      expect(valid).toBe(!judged);
    },
  );

  test('a second that two stages share is not, since its marks may be those of the other', () => {
    expect(judgeSeconds([row({ whole: false, ...LATE })])).toMatchObject({
      valid: true,
      timeline: [{ valid: true, marks: [] }],
    });
  });

  test('a phase without one is not found invalid', () => {
    expect(judgeSeconds([])).toEqual({ timeline: [], valid: true, reasons: [] });
  });
});

describe('a phase is invalid', () => {
  test('when more than 5 % of its judged seconds are marked, not when 5 % are', () => {
    expect(judgeSeconds([...rows(19), row(LATE)]).valid).toBe(true);
    expect(judgeSeconds([...rows(18), row(LATE)]).valid).toBe(false);
    expect(judgeSeconds([...rows(38), ...rows(2, LATE)]).valid).toBe(true);
    expect(judgeSeconds([...rows(37), ...rows(3, LATE)]).valid).toBe(false);
  });

  test('by the seconds that are judged alone: others do not thin the marks out', () => {
    const { valid } = judgeSeconds([...rows(18), row(LATE), ...rows(100, { stage: 'ramp' })]);
    expect(valid).toBe(false);
  });

  test('by different marks together, and a second with two marks counts once', () => {
    expect(judgeSeconds([...rows(37), row(LATE), row({ eluMax: 1 }), row({ droppedLate: 1 })]).valid).toBe(
      false,
    );
    expect(judgeSeconds([...rows(38), row({ ...LATE, eluMax: 1 }), row({ ...LATE, eluMax: 1 })]).valid).toBe(
      true,
    );
  });

  test('for reasons that say what it was, how much, how often, and what helps', () => {
    const { reasons } = judgeSeconds([
      ...rows(8),
      row({ latenessP99Ms: 40 }),
      row({ latenessP99Ms: 120, eluMax: 0.97 }),
      row({ silentWorkers: 2 }),
      row({ droppedLate: 7 }),
    ]);
    expect(reasons).toHaveLength(4);
    expect(reasons[0]).toMatch(/did not come round.*in 1 of 12 seconds/);
    expect(reasons[1]).toMatch(/sent late, up to 120 ms.*in 2 of 12 seconds.*lower the rate/);
    expect(reasons[2]).toMatch(/97\.0 % busy.*in 1 of 12 seconds.*add workers/);
    expect(reasons[3]).toMatch(/were not sent.*in 1 of 12 seconds/);
  });

  test('and a valid one has no reasons, though single seconds are marked', () => {
    const { valid, reasons, timeline } = judgeSeconds([...rows(30), row(LATE)]);
    expect({ valid, reasons }).toEqual({ valid: true, reasons: [] });
    expect(timeline.at(-1)).toMatchObject({ valid: false, marks: ['late'] });
  });
});

test('every second comes back in its place with what it had, and the rule holds for any of them', () => {
  const anyRow = fc
    .record({
      stage: fc.constantFrom(...STAGES),
      whole: fc.boolean(),
      latenessP99Ms: fc.option(fc.double({ min: 0, max: 20, noNaN: true })),
      p99Ms: fc.option(fc.double({ min: 0, max: 200, noNaN: true })),
      eluMax: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      silentWorkers: fc.nat(1),
    })
    .map(row);
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 60 }), (seconds) => {
      const { timeline, valid } = judgeSeconds(seconds);
      expect(timeline.map(({ valid: _, marks: __, ...rest }) => rest)).toEqual(seconds);
      const judged = timeline.filter(({ whole, stage }) => whole && (stage === 'hold' || stage === 'search'));
      const marked = timeline.filter(({ marks }) => marks.length > 0);
      expect(marked.every((second) => judged.includes(second))).toBe(true);
      expect(valid).toBe(marked.length * 20 <= judged.length);
    }),
  );
});
