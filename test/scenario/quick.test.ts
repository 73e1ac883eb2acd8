import { expect, test } from 'vitest';
import { quicken } from '../../src/scenario/quick.ts';
import { planOf } from './fixtures.ts';

const LONG = `
workers: 300
phases:
  - clients: 50000
    connectRate: 10
    duration: 5m
    drain: 1m
    ceiling: true
    rate: 10
    size: 1000
    herds: [drop, {trigger: kill, hold: 1m, observe: 10m}]
    reconnect: guide:base=10s,cap=5m,first=30s
`;

test('everything that takes long is made short, everything else stays', () => {
  const [plan] = planOf(LONG).phases;
  expect(planOf(LONG, { quick: true })).toMatchObject({
    workers: 200,
    phases: [
      {
        clients: 200,
        connectRatePerS: 100,
        durationMs: 2000,
        drainMs: 2000,
        ceiling: true,
        messages: plan.messages,
        herds: [
          { trigger: 'drop', holdMs: 1000, observeMs: 15_000 },
          { trigger: 'kill', holdMs: 1000, observeMs: 15_000 },
        ],
        reconnect: { kind: 'guide', baseMs: 2000, capMs: 2000, firstMs: 1000 },
      },
    ],
  });
});

test('what is short already stays', () => {
  const text =
    'phases: [{clients: 20, duration: 500ms, drain: 100ms, reconnect: "full-jitter:base=10ms,cap=100ms,first=20ms", herds: [{trigger: drop, hold: 500ms, observe: 2s}]}]';
  expect(planOf(text, { quick: true })).toEqual(planOf(text));
});

test('a cluster is made small', () => {
  const text = 'phases: [{topology: cluster, nodes: 8, mode: broadcast, rooms: 300, rate: 5, clients: 600}]';
  const [plan] = planOf(text).phases;
  expect(planOf(text, { quick: true }).phases[0]).toMatchObject({
    topology: { ...plan.topology, nodes: 2 },
    messages: { ...plan.messages, rooms: 20 },
    clients: 200,
  });
  expect(planOf(text.replace('600', '9').replace('300', '8'), { quick: true }).phases[0]).toMatchObject({
    messages: { rooms: 8 },
    clients: 9,
  });
});

test('a soak keeps as many cycles as tell a leak, each very short', () => {
  const [plan] = planOf('phases: [{soak: 50, clients: 5000, duration: 30s}]', { quick: true }).phases;
  expect(plan).toMatchObject({
    ...{ clients: 200, connectRatePerS: 1000, durationMs: 200 },
    soak: { cycles: 10, pid: null },
  });
});

test('it is as short the second time', () => {
  const once = quicken(planOf(LONG));
  expect(quicken(once)).toEqual(once);
});
