import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatMs } from '../../src/base/units.ts';
import type { Phase } from '../../src/model/record.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { barePhase, invalidPhase, samplePhase } from './sample-phase.ts';

/** Where each number of a phase must appear: its row, how it gets into the record, how it reads. */
const PLACES: [label: string, put: (phase: Phase, value: number) => void, read: (value: number) => string][] =
  [
    [
      'clients held',
      ({ clients }, value) => Object.assign(clients, { requested: value, peak: value }),
      formatCount,
    ],
    ['ceiling', ({ ceiling }, value) => Object.assign(ceiling!, { connections: value }), formatCount],
    ['connect p99', ({ connect }, value) => Object.assign(connect.latencyMs, { p99: value }), formatMs],
    ['response p50', ({ latency }, value) => Object.assign(latency.responseMs, { p50: value }), formatMs],
    ['response p99', ({ latency }, value) => Object.assign(latency.responseMs, { p99: value }), formatMs],
    ['service p50', ({ latency }, value) => Object.assign(latency.serviceMs, { p50: value }), formatMs],
    ['service p99', ({ latency }, value) => Object.assign(latency.serviceMs, { p99: value }), formatMs],
    ['missing', ({ ordering }, value) => Object.assign(ordering, { missing: value }), formatCount],
    ['duplicated', ({ ordering }, value) => Object.assign(ordering, { duplicates: value }), formatCount],
    ['reordered', ({ ordering }, value) => Object.assign(ordering, { reordered: value }), formatCount],
    ['drop: 99 % back', ({ herds }, value) => Object.assign(herds[0], { t99Ms: value }), formatMs],
    ['kill: 99 % back', ({ herds }, value) => Object.assign(herds[1], { t99Ms: value }), formatMs],
    ['server CPU time', ({ server }, value) => Object.assign(server!, { cpuS: value / 1000 }), formatMs],
    ['server memory', ({ server }, value) => Object.assign(server!, { rssBytes: value }), formatBytes],
    [
      'per connection',
      ({ server }, value) => Object.assign(server!, { bytesPerConnection: value }),
      formatBytes,
    ],
    [
      'at the generator',
      ({ generator }, value) => Object.assign(generator, { bytesPerConnection: value }),
      formatBytes,
    ],
    [
      'kernel, a socket',
      ({ memory }, value) => Object.assign(memory!, { kernelBytesPerSocket: value }),
      formatBytes,
    ],
  ];

const INVALIDATED = [
  ...['ceiling', 'bound by', 'connect p99', 'response p50', 'response p99', 'service p50', 'service p99'],
  ...['drop: 99 % back', 'kill: 99 % back', 'CPU per message', 'generator'],
];

function cell(phases: Phase[], label: string, index: number): string | undefined {
  return comparisonRows(phases).find((row) => row.label === label)?.values[index];
}

describe('the phases side by side', () => {
  it('has each number in its own row and in the column of its phase', () => {
    const values = fc.array(fc.integer({ min: 1, max: 1_000_000 }), {
      minLength: 2 * PLACES.length,
      maxLength: 2 * PLACES.length,
    });
    const phases = [samplePhase(), samplePhase()];
    fc.assert(
      fc.property(values, (numbers) => {
        const valueAt = (column: number, row: number) => numbers[column * PLACES.length + row];
        for (const [column, phase] of phases.entries()) {
          for (const [row, [, put]] of PLACES.entries()) put(phase, valueAt(column, row));
        }
        for (const column of phases.keys()) {
          for (const [row, [label, , read]] of PLACES.entries()) {
            expect(cell(phases, label, column), label).toBe(read(valueAt(column, row)));
          }
        }
      }),
    );
  });

  it('says INVALID in place of each latency, capacity and recovery time of an overloaded generator', () => {
    for (const { label, values } of comparisonRows([invalidPhase()])) {
      expect(values[0] === 'INVALID (generator)', label).toBe(INVALIDATED.includes(label));
    }
  });

  it('has a dash for what was not measured', () => {
    const rows = comparisonRows([barePhase()]).filter(
      ({ label }) => !['made of', 'clients held', 'generator'].includes(label),
    );
    for (const { label, values } of rows) expect(values, label).toEqual(['–']);
  });

  it('has a dash where another phase has a herd that this one lacks', () => {
    expect(cell([barePhase(), samplePhase()], 'kill: 99 % back', 0)).toBe('–');
  });

  it.each([
    [
      'a ceiling that was not found',
      '≥ 1,843',
      'ceiling',
      (p: Phase) => Object.assign(p.ceiling!, { found: false }),
    ],
    ['clients that were not reached', '1,843 of 2,000', 'clients held', () => {}],
    ['a herd that was not back in time', '> 12.0 s', 'kill: 99 % back', () => {}],
  ])('shows %s as %s', (_name, text, label, change) => {
    const phase = samplePhase();
    change(phase);
    expect(cell([phase], label, 0)).toBe(text);
  });
});
