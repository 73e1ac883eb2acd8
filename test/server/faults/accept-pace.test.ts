import { expect, test } from 'vitest';
import { parseFault } from '../../../src/model/faults.ts';
import { createAcceptPace } from '../../../src/server/faults/accept-pace.ts';
import { createFaultCounts } from '../../../src/server/faults/counts.ts';
import { connect, connectRaw, startNode } from '../node-under-test.ts';

/** A pace whose process stands still by moving the clock. */
function paceOf(fault: string) {
  const time = { nowMs: 1000 };
  const counts = createFaultCounts();
  const standStill = (ms: number) => {
    time.nowMs += ms;
  };
  const pace = createAcceptPace([parseFault(fault)], counts, () => time.nowMs, standStill);
  if (pace === null) throw new Error('there is a pace');
  return { time, pace, happened: counts.happened };
}

test('without the fault there is no pace', () => {
  expect(createAcceptPace([parseFault('drop:share=1')], createFaultCounts(), () => 0)).toBeNull();
});

test('so many are accepted a second, whatever else the process does in between', () => {
  const { time, pace, happened } = paceOf('accept-rate:perS=500');
  pace.accepted();
  const sinceMs = time.nowMs;
  for (let i = 0; i < 1000; i++) {
    time.nowMs += 0.5;
    pace.accepted();
  }
  expect(time.nowMs - sinceMs).toBeCloseTo(2000, 6);
  expect(happened['accept-rate']).toBe(1001);
});

test('time in which nobody came is not saved up, but for what a busy process may be late by', () => {
  const { time, pace } = paceOf('accept-rate:perS=500');
  pace.accepted();
  time.nowMs += 60_000;
  const sinceMs = time.nowMs;
  for (let i = 0; i < 500; i++) pace.accepted();
  expect(time.nowMs - sinceMs).toBeCloseTo(1000 - 50, 6);
});

test('a node accepts at its pace, and counts whom it accepts', async () => {
  const faults = { plans: [parseFault('accept-rate:perS=200,backlog=7')], seed: 1 };
  const node = await startNode({ faults });
  const startMs = performance.now();
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect(node.url)));
  // What a process may be late by is not waited for.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual((30 / 200) * 1000 - 50 - 5);
  expect(node.faults?.counts()).toEqual({ 'accept-rate': clients.length });
  expect(node.counts.opened).toBe(clients.length);
  // Whoever connects is accepted, and costs as much, if it is no WebSocket.
  const { socket } = await connectRaw(node.port);
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  expect(node.faults?.counts()).toEqual({ 'accept-rate': clients.length + 1 });
});
