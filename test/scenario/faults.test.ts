import { describe, expect, test } from 'vitest';
import { describePlan } from '../../src/scenario/cost.ts';
import { serve } from '../../src/serve.ts';
import { faultsOf, LIMITS, planOf } from './fixtures.ts';

describe('faults in a scenario', () => {
  test('stand in the plan in full', () => {
    const plan = planOf("phases: [{ faults: ['drop:share=0.01', 'reorder:share=1,by=3'] }]");
    expect(plan.phases[0].faults).toEqual(['drop:share=0.01', 'reorder:share=1,by=3,patience=2000ms']);
    expect(describePlan(plan, LIMITS).join('\n')).toContain('the server has drop:share=0.01 and reorder:');
  });

  test('are none where nobody says any', () => {
    expect(planOf('phases: [{}]').phases[0].faults).toEqual([]);
  });

  test('are complained of where they stand', () => {
    const text = "phases:\n  - faults:\n    - drop:share=0.1\n    - drip:share=0.1\n    - 'stall:for=1'\n";
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/^s\.yaml:4:7: .*"drip" is no fault/),
      expect.stringMatching(/^s\.yaml:5:7: .*stall:for: "1" is not a time/),
    ]);
  });

  test('are complained of on the command line', () => {
    expect(faultsOf('phases: [{}]', { faults: ['drop'] })).toEqual([
      expect.stringContaining('--fault: drop needs share=…'),
    ]);
  });

  test('need the bundled server', () => {
    const target = 'target: ws://127.0.0.1:1';
    const message = 'says nothing here: it needs the bundled server';
    expect(faultsOf(`phases: [{ ${target}, faults: ['drop:share=1'] }]`)).toEqual([
      expect.stringContaining(`phases[0].faults: ${message}`),
    ]);
    expect(faultsOf(`phases: [{ ${target} }]`, { faults: ['drop:share=1'] })).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test('in the defaults are for the phases whom they concern', () => {
    const { phases } = planOf(
      "defaults: { faults: ['drop:share=1'] }\n" +
        'phases: [{ name: a, target: ws://127.0.0.1:1 }, { name: b, topology: single }]',
    );
    expect(phases.map(({ faults }) => faults)).toEqual([[], ['drop:share=1']]);
  });

  test('cannot number the rooms of a Redis anew', () => {
    const faults = "faults: ['reset-sequence:after=9']";
    expect(faultsOf(`phases: [{ topology: cluster, broker: redis, ${faults} }]`)).toEqual([
      expect.stringContaining('a Redis numbers the messages; it needs broker: embedded'),
    ]);
    expect(planOf(`phases: [{ topology: cluster, ${faults} }]`).phases[0].faults).toHaveLength(1);
  });
});

test('serve tells all that is wrong with its faults before it starts anything', async () => {
  const serving = serve({ kind: 'single', faults: ['drop', 'stall:for=1s', 'stall:for=2s'] });
  await expect(serving).rejects.toMatchObject({
    code: 'USAGE',
    message:
      '--fault: drop needs share=…, like drop:share=0.01\n' +
      '--fault: asks for stall a second time; of each kind there may be one',
  });
});
