import { describe, expect, test } from 'vitest';
import { describePlan } from '../../src/scenario/cost.ts';
import { faultsOf, LIMITS, planOf } from './fixtures.ts';

const phaseOf = (text: string) => planOf(`phases: [{ ${text} }]`).phases[0];

describe('how messages of rooms reach their members', () => {
  test('is one by one, to the room alone, where nobody says anything', () => {
    const { service, messages, slowReadersRatio } = phaseOf('mode: broadcast');
    expect(service).toMatchObject({ batch: null, audience: 'room' });
    expect(messages.lowPriorityRatio).toBe(0);
    expect(slowReadersRatio).toBe(0);
  });

  test('is in batches as they are asked for, or with their defaults', () => {
    expect(phaseOf('mode: broadcast, batchInterval: 50ms').service.batch).toEqual({
      ...{ intervalMs: 50, timer: 'first', maxBytes: 16_384 },
    });
    const said = 'mode: broadcast, batchInterval: 1s, batchTimer: tick, batchBytes: 100';
    expect(phaseOf(said).service.batch).toEqual({ intervalMs: 1000, timer: 'tick', maxBytes: 100 });
  });

  test('concerns nobody in an echo, or in front of a server whose rooms are not ours', () => {
    const defaults = 'defaults: { batchInterval: 50ms, audience: everyone, lowPriority: 0.5 }';
    const phases = [
      'mode: echo',
      'mode: broadcast, topology: edge, edge: pushpin',
      'mode: broadcast, topology: edge, edge: workerd',
    ];
    for (const text of phases) {
      const { service, messages } = planOf(`${defaults}\nphases: [{ ${text} }]`).phases[0];
      expect(service, text).toMatchObject({ batch: null, audience: 'room' });
      expect(messages.lowPriorityRatio, text).toBe(0);
    }
  });

  test('is by priority of a target, too, which may know of it', () => {
    const { messages, service } = phaseOf('mode: broadcast, target: "ws://127.0.0.1:1", lowPriority: 0.5');
    expect(messages.lowPriorityRatio).toBe(0.5);
    expect(service).toMatchObject({ batch: null, audience: 'room' });
  });

  test('is not in batches where faults are counted', () => {
    const text = "phases: [{ mode: broadcast, batchInterval: 50ms, faults: ['drop:share=0.1'] }]";
    expect(faultsOf(text)).toEqual([
      expect.stringContaining(
        'batchInterval: sends messages together, but faults are counted message by message',
      ),
    ]);
  });

  test('stands in what is printed of the plan, and the deliveries to everyone in its cost', () => {
    const said = 'batchInterval: 50ms, audience: everyone, lowPriority: 0.9, slowReaders: 0.1';
    const plan = planOf(`phases: [{ mode: broadcast, clients: 100, rooms: 10, rate: 2, ${said} }]`);
    const text = describePlan(plan, LIMITS).join('\n');
    for (const part of [
      'messages leave together 50.0 ms after the first, or when they are 16.0 KB',
      'each message goes to everyone',
      '90.0 % of the messages are of low priority',
      '10.0 % of the clients do not read meanwhile',
      '2,000 deliveries/s',
    ]) {
      expect(text).toContain(part);
    }
  });
});
