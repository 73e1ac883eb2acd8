import { describe, expect, test } from 'vitest';
import { HERD_TRIGGERS } from '../../src/model/scenario.ts';
import { describeTopology } from '../../src/scenario/arrangement.ts';
import { bottleneckOf, serverProcesses } from '../../src/scenario/holding.ts';
import { misfitOfTrigger } from '../../src/scenario/triggers.ts';
import { faultsOf, LIMITS, planOf } from './fixtures.ts';

const DEFAULTS =
  'defaults: { engine: ws, gateways: 3, backends: 4, heartbeat: 1s, faults: ["drop:share=0.1"] }';

describe.each([
  {
    edge: 'workerd',
    made: { gateways: 1, backends: 1 },
    processes: 1,
    words: 'Durable Objects of the bundled server on workerd',
    triggers: ['drop', 'kill', 'restart'],
  },
  {
    edge: 'pushpin',
    made: { gateways: 1, backends: 4 },
    processes: 10,
    words: 'Pushpin, 4 backends of the bundled server behind',
    triggers: ['drop', 'kill', 'restart', 'rolling'],
  },
])('an edge of $edge', ({ edge, made, processes, words, triggers }) => {
  const [phase] = planOf(`${DEFAULTS}\nphases: [{ topology: edge, edge: ${edge} }]`).phases;
  const { topology } = phase;

  test('is made of what it has, whatever was said for other phases', () => {
    expect(topology).toEqual({ kind: 'edge', edge, engine: 'lean', ...made });
    expect(phase.faults).toEqual([]);
    expect(describeTopology(topology)).toBe(words);
    expect(serverProcesses(topology)).toBe(processes);
    expect(bottleneckOf(topology, LIMITS)?.clients).toBe(20_000);
  });

  test('is broken only as it can be', () => {
    const possible = HERD_TRIGGERS.filter((trigger) => misfitOfTrigger(topology, trigger) === null);
    expect(possible.sort()).toEqual([...triggers].sort());
    const faults = faultsOf(`phases: [{ topology: edge, edge: ${edge}, herds: [blackhole] }]`);
    expect(faults).toEqual([expect.stringContaining('blackhole does not fit')]);
  });

  test('says that it does not hear what is asked of processes of ours', () => {
    const said = 'engine: ws, heartbeat: 1s, faults: ["drop:share=0.1"], gateways: 2';
    const faults = faultsOf(`phases: [{ topology: edge, edge: ${edge}, ${said} }]`);
    for (const key of ['engine', 'heartbeat', 'faults', 'gateways']) {
      expect(faults).toContainEqual(expect.stringContaining(`${key}: says nothing here: it needs`));
    }
  });
});

test('workerd has no backends', () => {
  expect(faultsOf('phases: [{ topology: edge, edge: workerd, backends: 2 }]')).toEqual([
    expect.stringContaining(
      'backends: says nothing here: it needs a phase with topology: edge and edge: gateway or',
    ),
  ]);
});
