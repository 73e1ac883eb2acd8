import { describe, expect, test } from 'vitest';
import { judgeSeconds as judge } from '../../src/analysis/validity.ts';
import { STAGES, type UnjudgedRow } from '../../src/model/record.ts';
import fc from '../support/properties.ts';
import { row, rows } from '../support/rows.ts';

const LATE = { latenessP99Ms: 50 };
const CORES = 2;
const judgeSeconds = (seconds: UnjudgedRow[]) => judge(seconds, CORES);

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
    ['if a loop stood still for more than a tenth of the second', { lagMaxMs: 101 }, ['stalled']],
    ['if a message was not sent in time', { droppedLate: 1 }, ['not sent']],
    ['if less than 99 % of what was due was sent', { offeredRatio: 0.989 }, ['behind']],
    ['not, if 99 % were', { offeredRatio: 0.99 }, []],
    ['not, if more was sent than was due, to catch up', { offeredRatio: 1.4 }, []],
    ['not, if nothing was due', { offeredRatio: null }, []],
    ['if garbage was collected for more than 100 ms at once', { gcMaxMs: 101 }, ['garbage collection']],
    ['not, if it was in many short pauses', { gcMs: 400, gcMaxMs: 20 }, []],
    ['not, if it is not known how long', { gcMs: null, gcMaxMs: null }, []],
    ['not, if the cores were busy and the generator kept up', { machineBusyRatio: 1 }, []],
    ['not, if time was stolen and the generator kept up', { stealRatio: 0.3 }, []],
    ['with the cores that it had no room on', { ...LATE, machineBusyRatio: 0.95 }, ['no core free', 'late']],
    ['without, if there was room', { ...LATE, machineBusyRatio: 0.94 }, ['late']],
    [
      'with the time that was stolen from it',
      { lagMaxMs: 300, stealRatio: 0.021 },
      ['stolen time', 'stalled'],
    ],
    [
      'if the server waited for cores that nobody had free',
      { machineBusyRatio: 1, serverWaitRatio: 0.21 },
      ['no core free'],
    ],
    ['not, if it waited for less than a fifth of it', { machineBusyRatio: 1, serverWaitRatio: 0.2 }, []],
    ['not, if it waited while cores were free', { machineBusyRatio: 0.9, serverWaitRatio: 0.5 }, []],
    [
      'with other programs that used half a core',
      { ...LATE, serverCpuRatio: 0.2, otherCpuRatio: 0.5 },
      ['other programs', 'late'],
    ],
    [
      'without them, if they may be the target',
      { ...LATE, serverCpuRatio: null, otherCpuRatio: 0.9 },
      ['late'],
    ],
    ['without, if that was next to nothing', { lagMaxMs: 300, stealRatio: 0.02 }, ['stalled']],
    [
      'with all that is wrong, causes first',
      {
        ...{ silentWorkers: 1, latenessP99Ms: 9, eluMax: 1, droppedLate: 3, lagMaxMs: 200, gcMaxMs: 150 },
        ...{ offeredRatio: 0.5, machineBusyRatio: 1, stealRatio: 0.1 },
      },
      [
        'garbage collection',
        'no core free',
        'stolen time',
        'silent worker',
        'stalled',
        'busy',
        'late',
        'behind',
        'not sent',
      ],
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
    const nothing = { judgedSeconds: 0, markedSeconds: 0 };
    expect(judgeSeconds([])).toEqual({ timeline: [], valid: true, reasons: [], ...nothing });
    expect(judgeSeconds(rows(3, { stage: 'ramp', ...LATE }))).toMatchObject({ valid: true, ...nothing });
  });
});

describe('a phase is invalid', () => {
  test('when more than 5 % of its judged seconds are marked, not when 5 % are', () => {
    expect(judgeSeconds([...rows(19), row(LATE)]).valid).toBe(true);
    expect(judgeSeconds([...rows(18), row(LATE)]).valid).toBe(false);
    expect(judgeSeconds([...rows(38), ...rows(2, LATE)]).valid).toBe(true);
    expect(judgeSeconds([...rows(37), ...rows(3, LATE)]).valid).toBe(false);
  });

  test('by one marked second, if it has fewer than 20: there is no exception', () => {
    const { valid, judgedSeconds, markedSeconds } = judgeSeconds([
      ...rows(13),
      row(LATE),
      ...rows(5, { stage: 'drain' }),
    ]);
    expect({ valid, judgedSeconds, markedSeconds }).toEqual({
      valid: false,
      judgedSeconds: 14,
      markedSeconds: 1,
    });
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
    expect(reasons[0]).toMatch(/sent late, up to 120 ms.*in 2 of 12 seconds.*lower the rate/);
    expect(reasons[1]).toMatch(/did not come round.*in 1 of 12 seconds/);
    expect(reasons[2]).toMatch(/97\.0 % busy.*in 1 of 12 seconds.*add workers/);
    expect(reasons[3]).toMatch(/were not sent.*in 1 of 12 seconds/);
  });

  test('and a valid one has no reasons, though single seconds are marked', () => {
    const { valid, reasons, timeline } = judgeSeconds([...rows(30), row(LATE)]);
    expect({ valid, reasons }).toEqual({ valid: true, reasons: [] });
    expect(timeline.at(-1)).toMatchObject({ valid: false, marks: ['late'] });
  });
});

describe('the first reason', () => {
  const STARVED = {
    ...LATE,
    machineBusyRatio: 1,
    generatorCpuRatio: 0.9,
    serverCpuRatio: 0.8,
    otherCpuRatio: 0.3,
  };
  const first = (seconds: UnjudgedRow[]) => judgeSeconds(seconds).reasons[0];

  test.for<[string, Partial<UnjudgedRow>, string]>([
    [
      'says who had the cores, and what helps',
      STARVED,
      '2 of 2 cores busy (generator 0.9, server 0.8, others 0.3): halve the rate, or run the server elsewhere (in 10 of 10 seconds)',
    ],
    [
      'asks for another place for the generator where the server is not ours',
      { ...STARVED, serverCpuRatio: null, otherCpuRatio: 0.7 },
      '2 of 2 cores busy (generator 0.9, others 0.7): halve the rate, or run the generator elsewhere (in 10 of 10 seconds)',
    ],
    [
      'blames other programs where they had most',
      { ...STARVED, generatorCpuRatio: 0.2, serverCpuRatio: 0.2, otherCpuRatio: 1.6 },
      '2 of 2 cores busy (generator 0.2, server 0.2, others 1.6): end the other programs, or run the generator elsewhere (in 10 of 10 seconds)',
    ],
    [
      'names what the hypervisor took among them',
      { ...STARVED, otherCpuRatio: 0, stealRatio: 0.15 },
      '2 of 2 cores busy (generator 0.9, server 0.8, others 0, hypervisor 0.3): halve the rate, or run the server elsewhere (in 10 of 10 seconds)',
    ],
    [
      'is that time was stolen, where cores were free',
      { ...LATE, stealRatio: 0.12 },
      'the hypervisor gave up to 12.0 % of the processor time to other machines: run it again when they are quiet, or elsewhere (in 10 of 10 seconds)',
    ],
    [
      'is that other programs used the cores by turns',
      { ...LATE, serverCpuRatio: 0.2, otherCpuRatio: 1.26 },
      'other programs used up to 1.3 of 2 cores: end them, or run the generator elsewhere (in 10 of 10 seconds)',
    ],
    [
      'is a pause for garbage, which is a stall, too',
      { gcMaxMs: 240, lagMaxMs: 239, ...LATE },
      'a worker stood still for up to 240 ms to collect garbage (in 10 of 10 seconds): hold fewer clients with each worker',
    ],
    [
      'is a stall, which makes messages late, too',
      { lagMaxMs: 300, latenessP99Ms: 290 },
      "a worker's event loop stood still for up to 300 ms (in 10 of 10 seconds): it was stopped or starved of processor time; leave it more",
    ],
    [
      'is how far it fell behind, where nothing else was seen',
      { offeredRatio: 0.5 },
      'the generator sent no more than 50.0 % of what was due (in 10 of 10 seconds): lower the rate, or add workers',
    ],
  ])('%s', ([, said, words]) => {
    expect(first(rows(10, said))).toBe(words);
  });

  test('is what most of the marked seconds have; a cause of few of them comes after it', () => {
    const { reasons } = judgeSeconds([...rows(7, { lagMaxMs: 300 }), row(STARVED), ...rows(2)]);
    expect(reasons.map((reason) => reason.slice(0, 10))).toEqual(["a worker's", '2 of 2 cor', 'the genera']);
  });

  test('averages over the seconds that know who had the cores', () => {
    const unknown = { generatorCpuRatio: null, serverCpuRatio: null, otherCpuRatio: null };
    const seconds = [
      row(STARVED),
      row({ ...STARVED, generatorCpuRatio: 0.5 }),
      row({ ...STARVED, ...unknown }),
    ];
    expect(first(seconds)).toContain('(generator 0.7, server 0.8, others 0.3)');
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
