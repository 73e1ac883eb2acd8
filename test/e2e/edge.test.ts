/**
 * Backends restart under load behind the edge, and both ends of every message are counted.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { startBackend, startGateway } from '../server/gateway/backend-under-test.ts';
import { readRecordOf, runCli, scratch, startCli } from './cli.ts';

async function runScenario(scenario: string): Promise<Phase> {
  const folder = scratch();
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, scenario);
  const out = join(folder, 'run');
  const { status, stderr } = await runCli(['attack', file, '--out', out]);
  expect([0, 3], stderr).toContain(status);
  return readRecordOf(out).phases[0];
}

const load = (more: string) => `
phases:
  - topology: edge
    clients: 200
    connectRate: 200
    duration: 3s
${more}
    herds:
      - { trigger: restart, hold: 1s, observe: 10s }
      - { trigger: kill, hold: 1s, observe: 10s }
      - { trigger: rolling, hold: 1s, observe: 20s }
`;

/** Nobody lost a connection, and every event is accounted for. */
function expectUnnoticed({ clients, closes, edge, herds, connect }: Phase): void {
  expect(herds.map(({ trigger, affected }) => [trigger, affected])).toEqual([
    ['restart', 0],
    ['kill', 0],
    ['rolling', 0],
  ]);
  expect(herds.map(({ collateral }) => [collateral.clients, collateral.errors])).toEqual(
    Array(3).fill([200, 0]),
  );
  expect(clients).toMatchObject({ established: 200, atEnd: 200, unanswered: 0 });
  expect(connect).toMatchObject({ attempts: 200, failed: {} });
  expect(closes).toEqual({});
  expect(edge).toMatchObject({
    ...{ gateways: 2, backends: 2, backendRestarts: 4 },
    // The tool's own first look is one, too.
    events: { connect: 201, disconnect: 1 },
    failed: { connect: 0, message: 0, disconnect: 0 },
    answered: edge?.events,
  });
  expect(edge?.backendLatencyMs.count).toBe(202 + Number(edge?.events.message));
}

describe.concurrent('backends that restart, die and are deployed anew', () => {
  test('cost an echo nothing', async () => {
    const phase = await runScenario(load('    rate: 5'));
    expectUnnoticed(phase);
    expect(phase.edge?.events.message).toBe(phase.messages.sent);
    expect(phase.messages.received).toBe(phase.messages.sent);
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  });

  test('cost a broadcast nothing', async () => {
    const phase = await runScenario(load('    mode: broadcast\n    rooms: 4\n    rate: 10'));
    expectUnnoticed(phase);
    const { edge, messages, server, roomOrdering, ordering, fanout } = phase;
    // Each client joined its room once.
    expect(edge?.events.message).toBe(messages.sent + 200);
    expect(server?.rooms).toMatchObject({ published: messages.sent, unpublished: 0, replayed: 0 });
    expect(roomOrdering).toMatchObject({ streams: 200, missing: 0, duplicates: 0, reordered: 0 });
    expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    expect(fanout?.delivered).toBe(fanout?.expected);
  });
});

test('while all backends are gone, both ends count the same failures, and every connection stays', async () => {
  const backend = await startBackend();
  const gateway = await startGateway([backend], { eventTimeoutMs: 1000 });
  const { counts } = gateway.gateway;
  const out = join(scratch(), 'run');
  const load = ['--clients', '100', '--connect-rate', '200', '--rate', '5', '--duration', '6s'];
  const run = startCli(['attack', '--target', gateway.url, ...load, '--out', out]);
  await run.said(/hold .* msg\/s/);
  await backend.crash();
  while (counts.failed.message < 100 || counts.retried === 0)
    await fetch(`http://127.0.0.1:${gateway.port}/health`);
  await startBackend(undefined, backend.port);
  const { status, stderr } = await run.done;
  expect([0, 3], stderr).toContain(status);
  const { messages, ordering, clients, closes } = readRecordOf(out).phases[0];
  expect(counts.events.message).toBe(messages.sent);
  expect(counts.answered.message + counts.failed.message).toBe(messages.sent);
  // A client is told of each failure, by a message that it did not expect.
  expect(messages.foreign).toBe(counts.failed.message);
  expect(messages.received).toBe(messages.sent);
  expect(ordering).toMatchObject({ missing: counts.failed.message, duplicates: 0, reordered: 0 });
  expect(clients).toMatchObject({ established: 100, atEnd: 100 });
  expect(closes).toEqual({});
});
