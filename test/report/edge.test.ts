import { describe, expect, it } from 'vitest';
import type { Edge } from '../../src/model/edge.ts';
import type { Phase } from '../../src/model/record.ts';
import { edgeQuantities, edgeSentences } from '../../src/report/edge.ts';
import { edge as edgeTable } from '../../src/report/html/edge-table.ts';
import { samplePhase } from './sample-phase.ts';
import { summaryOf } from './sample-summary.ts';

function phaseWith(said: Partial<Edge> = {}): Phase {
  const edge: Edge = {
    ...{ gateways: 2, backends: 2, retried: 7, backendRestarts: 1, queuedPeak: 12 },
    events: { connect: 100, message: 5000, disconnect: 100 },
    answered: { connect: 100, message: 4997, disconnect: 100 },
    failed: { connect: 0, message: 3, disconnect: 0 },
    backendLatencyMs: summaryOf([1, 2, 3]),
    ...said,
  };
  return { ...samplePhase(), edge };
}

const NONE = { connect: 0, message: 0, disconnect: 0 };

describe('an edge in the reports', () => {
  it('says what became of the events when a backend was started anew', () => {
    expect(edgeSentences(phaseWith())).toEqual([
      '1 backend was started anew.',
      'Of 5,200 events, 7 were sent again and 3 failed.',
    ]);
    expect(edgeSentences(phaseWith({ failed: NONE, backendRestarts: 2 }))[0]).toBe(
      '2 backends were started anew.',
    );
  });

  it('is silent where nothing happened, and where there is none', () => {
    expect(edgeSentences(phaseWith({ failed: NONE, backendRestarts: 0 }))).toEqual([]);
    expect(edgeSentences(samplePhase())).toEqual([]);
    expect(edgeQuantities([samplePhase()])).toEqual([]);
    expect(edgeTable(samplePhase())).toBeNull();
  });

  it('has rows beside a phase that has none', () => {
    const phases = [phaseWith(), samplePhase()];
    const rows = edgeQuantities(phases).map(({ label, of }) => [label, ...phases.map(of)]);
    expect(rows).toContainEqual(['edge: events', '5,200', '–']);
    expect(rows).toContainEqual(['edge: failed', '3', '–']);
    expect(rows.every(([label]) => label.length <= 17)).toBe(true);
  });

  it('has a table of what happened, was answered, and failed', () => {
    const table = edgeTable(phaseWith())?.markup;
    expect(table).toContain('4,997');
    expect(table).toContain('backends started anew');
  });
});
