import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import type { Routes } from '../../src/model/routes.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { routes } from '../../src/report/html/route-table.ts';
import { routeMatrix } from '../../src/report/routes.ts';
import { EMPTY_SUMMARY } from '../../src/stats/summary.ts';
import { quietPhase } from '../support/phases.ts';

const took = (p50: number) => ({ ...EMPTY_SUMMARY, count: 7, p50, p99: p50 + 10 });

const ROUTES: Routes = {
  pairs: [
    { from: 'here', to: 'here', floorMs: 0, latencyMs: took(0.5), aboveFloorMs: 0.5 },
    { from: 'here', to: 'there', floorMs: 40, latencyMs: took(43), aboveFloorMs: 3 },
    { from: 'there', to: 'here', floorMs: 40, latencyMs: took(42), aboveFloorMs: 2 },
    { from: 'there', to: 'there', floorMs: 0, latencyMs: EMPTY_SUMMARY, aboveFloorMs: null },
  ],
  moves: { moved: 12, misrouted: 9, late: 11, lateMs: took(70), lost: 0 },
  convergenceMs: took(41),
  messages: {
    ...{
      accepted: 100,
      delivered: 99,
      held: 8,
      early: 3,
      copies: 2,
      stale: 0,
      rerouted: 1,
      expired: 0,
      unknown: 0,
    },
    ...{ refused: 1, dropped: 0, handovers: 12, missedHandovers: 0 },
  },
};

const phaseWith = (said: Partial<Routes>, valid = true): Phase =>
  quietPhase({
    generator: { ...quietPhase().generator, valid },
    regions: { connections: [], failovers: [], ...ROUTES, ...said },
  });

describe('messages from user to user', () => {
  test('are told by pair of regions, with the floor of each', () => {
    expect(routeMatrix(phaseWith({}))).toEqual({
      to: ['here', 'there'],
      rows: [
        { from: 'here', cells: ['0.50 ms (floor 0 ms)', '43.0 ms (floor 40.0 ms)'] },
        { from: 'there', cells: ['42.0 ms (floor 40.0 ms)', '– (floor 0 ms)'] },
      ],
    });
    expect(routeMatrix(phaseWith({}, false))).toBeNull();
    expect(routeMatrix(quietPhase())).toBeNull();
  });

  test('have rows beside other phases, which have none', () => {
    const rows = comparisonRows([phaseWith({}), quietPhase()]);
    const valuesOf = (label: string) => rows.find((row) => row.label === label)?.values;
    expect(valuesOf('above the floor')).toEqual(['3.00 ms', '–']);
    expect(valuesOf('users moved')).toEqual(['12', '–']);
    expect(valuesOf('misrouted')).toEqual(['9', '–']);
    expect(valuesOf('late')).toEqual(['11', '–']);
    expect(valuesOf('late by, p99')).toEqual(['80.0 ms', '–']);
    expect(comparisonRows([quietPhase()]).map(({ label }) => label)).not.toContain('misrouted');
  });

  test('have a table, in which nobody can write markup, and no time that nobody can trust', () => {
    const [first, ...others] = ROUTES.pairs ?? [];
    const text = routes(phaseWith({ pairs: [{ ...first, from: '<b>' }, ...others] }))?.markup;
    expect(text).toContain('43.0 ms');
    expect(text).not.toContain('<b>');
    const overloaded = routes(phaseWith({}, false))?.markup;
    expect(overloaded).not.toContain('43.0 ms');
    expect(overloaded).toContain('40.0 ms');
    expect(routes(quietPhase())).toBeNull();
  });
});
