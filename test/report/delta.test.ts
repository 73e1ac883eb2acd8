import { describe, expect, it } from 'vitest';
import type { Phase, RunRecord, TimelineRow } from '../../src/model/record.ts';
import { DELTA_LEGEND, type DeltaCell, deltas } from '../../src/report/delta.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import fc from '../support/properties.ts';
import { HOSTILE, hostileRecord } from './hostile-record.ts';
import { invalidPhase, samplePhase } from './sample-phase.ts';
import { sampleRecord } from './sample-record.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** A run of a phase and of others that are compared with it; the plans differ in the engine alone. */
function comparedRecord(base: Phase, ...variants: Phase[]): RunRecord {
  const record = sampleRecord();
  const [plan] = record.scenario.phases;
  const named = [{ ...base, name: 'ws' }, ...variants.map((phase, i) => ({ ...phase, name: `lean-${i}` }))];
  return {
    ...record,
    scenario: {
      ...record.scenario,
      phases: named.map(({ name }, i) =>
        i === 0
          ? { ...plan, name }
          : { ...plan, name, baseline: 'ws', topology: { kind: 'single', engine: 'lean' } },
      ),
    },
    phases: named,
  };
}

/** The sample with something changed in it. */
function phaseWith(change: (phase: Phase) => void): Phase {
  const phase = samplePhase();
  change(phase);
  return phase;
}

function cellOf(record: RunRecord, label: string): DeltaCell | undefined {
  return deltas(record)[0].rows.find((row) => row.label === label)?.cells[0];
}

function differenceOf(label: string, change: (phase: Phase) => void): string | undefined {
  return cellOf(comparedRecord(samplePhase(), phaseWith(change)), label)?.difference;
}

/** Steady seconds that all say the same, so that nothing is left open. */
function inEachSecond(phase: Phase, said: Partial<TimelineRow>): void {
  for (const row of phase.timeline)
    if (row.stage === 'hold' || row.stage === 'search') Object.assign(row, said);
}

describe('the delta of two phases', () => {
  it('is there only where a phase names a baseline that was run', () => {
    expect(deltas(sampleRecord())).toEqual([]);
    const record = comparedRecord(samplePhase(), samplePhase());
    expect(deltas({ ...record, phases: record.phases.slice(1) })).toEqual([]);
    expect(deltas(record)).toHaveLength(1);
  });

  it('says what differs by the plans, and that nothing else does', () => {
    const [{ variants }] = deltas(comparedRecord(samplePhase(), samplePhase()));
    expect(variants.map(({ sentence }) => sentence)).toEqual([
      'lean-0 against ws: engine lean instead of ws. Same seed and load.',
    ]);
  });

  it('says where the load differs, too', () => {
    const record = comparedRecord(samplePhase(), samplePhase());
    record.scenario.phases[1].clients = 4000;
    expect(deltas(record)[0].variants[0].sentence).toBe(
      'lean-0 against ws: engine lean instead of ws. Same seed, but another load, which is in all numbers below: clients 4,000 instead of 2,000.',
    );
  });

  it('has all phases with the same baseline side by side', () => {
    const [{ variants, rows }] = deltas(comparedRecord(samplePhase(), samplePhase(), samplePhase()));
    expect(variants.map(({ name }) => name)).toEqual(['lean-0', 'lean-1']);
    for (const { cells } of rows) expect(cells).toHaveLength(2);
  });

  it('finds no difference between a phase and itself', () => {
    const [{ rows }] = deltas(comparedRecord(samplePhase(), samplePhase()));
    expect(rows.map(({ label }) => label)).toEqual([
      ...['ceiling', 'response p50', 'response p99', 'CPU per message', 'per connection', 'server memory'],
      ...['received', 'drop: 99 % back', 'kill: 99 % back', 'missing', 'drop: lost', 'kill: lost'],
      'server dropped',
    ]);
    for (const { label, cells } of rows) {
      expect(cells[0].difference, label).toBe(label === 'kill: 99 % back' ? 'not comparable' : 'the same');
    }
  });

  const DIFFERENCES: [label: string, difference: string, change: (phase: Phase) => void][] = [
    [
      'ceiling',
      '+157 (+8.52 %)',
      ({ ceiling }) => Object.assign(ceiling!, { connections: 2000, lowerBound: 2000, upperBound: 2001 }),
    ],
    ['ceiling', 'not comparable', ({ ceiling }) => Object.assign(ceiling!, { found: false })],
    [
      'per connection',
      '−6.94 KB (−50.0 %) ?',
      ({ server }) => Object.assign(server!, { bytesPerConnection: 7105 }),
    ],
    ['drop: 99 % back', '+852 ms (+16.6 %) ?', ({ herds }) => Object.assign(herds[0], { t99Ms: 6000 })],
    ['drop: lost', '+59 (+144 %)', ({ herds }) => Object.assign(herds[0], { lost: 100 })],
    ['drop: lost', '+9 (+22.0 %) ~', ({ herds }) => Object.assign(herds[0], { lost: 50 })],
    ['missing', '−3 (−100 %) ~', ({ ordering }) => Object.assign(ordering, { missing: 0 })],
    ['server dropped', '+2 ~', ({ server }) => Object.assign(server!, { dropped: 2 })],
    ['server dropped', '+40', ({ server }) => Object.assign(server!, { dropped: 40 })],
    ['server dropped', '–', ({ server }) => Object.assign(server!, { dropped: null })],
    ['kill: 99 % back', '–', (phase) => Object.assign(phase, { herds: phase.herds.slice(0, 1) })],
  ];
  it.each(DIFFERENCES)('of %s can be %s (%#)', (label, difference, change) => {
    expect(differenceOf(label, change)).toBe(difference);
  });

  it('of the processor time for a message is that of the hold', () => {
    const of = (serverCpuRatio: number) => (phase: Phase) =>
      inEachSecond(phase, { serverCpuRatio, received: 1000 });
    const record = comparedRecord(phaseWith(of(0.1)), phaseWith(of(0.15)));
    const [{ rows }] = deltas(record);
    expect(rows.find(({ label }) => label === 'CPU per message')).toEqual({
      label: 'CPU per message',
      baseline: '100 µs',
      cells: [{ value: '150 µs', difference: '+50.0 µs (+50.0 %)' }],
    });
  });

  it.each([
    ['had an overloaded generator', invalidPhase()],
    ['ended early', phaseWith((phase) => Object.assign(phase, { endedEarly: 'the node died' }))],
  ])('is not told where one %s', (why, phase) => {
    for (const record of [comparedRecord(samplePhase(), phase), comparedRecord(phase, samplePhase())]) {
      const [{ variants, rows }] = deltas(record);
      expect(variants[0]).toMatchObject({ isComparable: false, sentence: expect.stringContaining(why) });
      for (const { label, cells } of rows) expect(cells[0].difference, label).toBe('not comparable');
    }
  });
});

/** A second's p50 of each of two phases, all values of the one above all of the other, or not. */
const seconds = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 4, maxLength: 15 });

describe('the sign of noise', () => {
  /** Two phases whose steady seconds have these medians. */
  function markOf(before: number[], after: number[]): string {
    const phaseOf = (values: number[]) =>
      phaseWith((phase) => {
        const [row] = phase.timeline.filter(({ stage }) => stage === 'hold');
        phase.timeline = values.map((p50Ms) => ({ ...row, p50Ms, whole: true, valid: true }));
        phase.latency.responseMs.p50 = values.reduce((sum, value) => sum + value, 0) / values.length;
      });
    return cellOf(comparedRecord(phaseOf(before), phaseOf(after)), 'response p50')?.difference ?? '';
  }

  it('stands at each difference of two samples of the same seconds', () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 9 }), (values, more) => {
        const longer = [...values, ...values, values[0] + more];
        expect(markOf(values, longer)).toMatch(/ ~$|^the same$/);
      }),
    );
  });

  it('stands at none where all seconds of one are above all of the other', () => {
    fc.assert(
      fc.property(seconds, seconds, (low, high) => {
        const above = high.map((value) => value + 1000);
        expect(markOf(low, above)).toMatch(/^\+.*\)$/);
        expect(markOf(above, low)).toMatch(/^−.*\)$/);
      }),
    );
  });

  it('says that nobody knows where there are hardly any seconds', () => {
    expect(markOf([1, 2, 3], [100, 101, 102])).toMatch(/ \?$/);
  });
});

describe('the reports', () => {
  const record = () =>
    comparedRecord(
      samplePhase(),
      phaseWith(({ server }) => Object.assign(server!, { bytesPerConnection: 7105 })),
    );

  it('have it in the terminal, in columns, within its width', () => {
    const lines = toTerminal(record(), { color: false, columns: 80 }).split('\n');
    const at = lines.indexOf('delta  lean-0 against ws: engine lean instead of ws. Same seed and load.');
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]).toMatch(/^ {2} +ws {2} +lean-0$/);
    expect(lines.find((line) => line.startsWith('  per connection'))).toMatch(
      /^ {2}per connection {3} +13\.9 KB {2} +6\.94 KB {2}−6\.94 KB \(−50\.0 %\) \?$/,
    );
    for (const columns of [40, 60, 80]) {
      const text = toTerminal(record(), { color: false, columns });
      expect(text.split('\n').filter((line) => line.length > columns)).toEqual([]);
    }
  });

  it('have it in summary.md and report.html', () => {
    const text = toMarkdown(record());
    expect(text).toContain('### What it costs, what it buys');
    expect(text).toContain('| per connection | 13.9 KB | 6.94 KB<br>−6.94 KB (−50.0 %) ? |');
    const page = toHtml(record());
    expect(page).toContain('<h2>What it costs, what it buys</h2>');
    expect(page).toContain('<td>6.94 KB<br><span class="quiet">−6.94 KB (−50.0 %) ?</span></td>');
    expect(page).toContain(DELTA_LEGEND);
  });

  it('have no columns of numbers in the terminal that are not to be compared', () => {
    const text = toTerminal(comparedRecord(samplePhase(), invalidPhase()), { color: false, columns: 80 });
    expect(text).toContain(
      'Same seed and load. Not\n       comparable: lean-0 had an overloaded generator.\n\n',
    );
    expect(text).not.toContain('not comparable');
  });

  it('say nothing of it where no phase has a baseline', () => {
    for (const text of [toMarkdown(sampleRecord()), toHtml(sampleRecord())]) {
      expect(text).not.toContain('What it costs');
    }
    expect(toTerminal(sampleRecord(), { color: false, columns: 80 })).not.toContain('delta');
  });

  it('let no text of the record steer them', () => {
    const hostile = hostileRecord();
    const [first, second] = hostile.scenario.phases;
    second.name = `${HOSTILE}2`;
    second.baseline = first.name;
    first.faults = [HOSTILE];
    hostile.phases[1].name = second.name;
    expect(deltas(hostile)).toHaveLength(1);
    const text = toTerminal(hostile, { color: false, columns: 80 });
    expect(CONTROL.exec(text)).toBeNull();
    const page = toHtml(hostile);
    expect(CONTROL.exec(page)).toBeNull();
    expect(page).not.toMatch(/<script|<img/);
    expect(toMarkdown(hostile).replace(/^````*sh\n.*\n````*$/m, '')).not.toMatch(/<script|<img|`|\]\(/);
  });
});
