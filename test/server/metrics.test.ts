import { describe, expect, it } from 'vitest';
import { createCounts, observe } from '../../src/server/counts.ts';
import { type HealthReading, judge } from '../../src/server/health.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import type { Labels } from '../../src/server/pages.ts';
import { lintMetrics } from './metric-lint.ts';

const FIT: HealthReading = {
  ...{ eventLoopLagMs: 1.5, memoryBytes: 90, memoryLimitBytes: 100, descriptors: 900, descriptorLimit: 1000 },
  ...{ isDraining: false, isBrokerLost: false },
};

/** The labels that all lines of an example have. */
const OF_NODE = 'server="node-1",region="eu-west-1"';

function createExample(
  legacyMetricNames: boolean,
  faults: Record<string, number> | null = null,
  labels: Labels = { server: 'node-1', region: 'eu-west-1' },
) {
  const counts = createCounts();
  Object.assign(counts, { opened: 5, received: 7, receivedBytes: 70, sent: 6, sentBytes: 60, dropped: 1 });
  counts.rooms = { published: 11, unpublished: 12, replayed: 13, notReplayed: 14, brokerReconnects: 15 };
  counts.closed['1000'] = 2;
  counts.closed['4xxx'] = 1;
  counts.rejected.path = 3;
  for (const seconds of [0.0001, 0.0001, 0.003, 60]) observe(counts.handling, seconds);
  observe(counts.duration, 1.5);
  const health = () => judge(FIT);
  const sources = {
    ...{ labels, process: { reading: () => FIT, health } },
    ...{ counts, connections: () => 2, sendBufferBytes: () => 99, legacyMetricNames },
  };
  return {
    counts,
    metrics: createMetrics({
      ...sources,
      gateway: null,
      store: null,
      direct: null,
      faults: faults && (() => faults),
    }),
  };
}

/** A line with the labels of the example's node; a comment has none. */
function labelled(line: string): string {
  if (line.startsWith('#')) return line;
  return line.includes('{') ? line.replace('}', `,${OF_NODE}}`) : line.replace(' ', `{${OF_NODE}} `);
}

const page = (legacyMetricNames: boolean) => createExample(legacyMetricNames).metrics.metrics();

describe('metrics', () => {
  it.each([
    'websocket_connections_active 2',
    'websocket_connections_opened_total 5',
    'websocket_connections_closed_total{code="1000"} 2',
    'websocket_connections_closed_total{code="1009"} 0',
    'websocket_connections_closed_total{code="4xxx"} 1',
    'websocket_connections_rejected_total{reason="path"} 3',
    'websocket_messages_total{direction="received"} 7',
    'websocket_messages_total{direction="sent"} 6',
    'websocket_message_bytes_total{direction="received"} 70',
    'websocket_message_bytes_total{direction="sent"} 60',
    'websocket_messages_dropped_total 1',
    'websocket_room_messages_published_total 11',
    'websocket_room_messages_unpublished_total 12',
    'websocket_room_messages_replayed_total 13',
    'websocket_room_messages_not_replayed_total 14',
    'websocket_broker_reconnects_total 15',
    'websocket_send_buffer_bytes 99',
    'websocket_message_latency_seconds_bucket{le="0.0005"} 2',
    'websocket_message_latency_seconds_bucket{le="0.0025"} 2',
    'websocket_message_latency_seconds_bucket{le="0.005"} 3',
    'websocket_message_latency_seconds_bucket{le="10"} 3',
    'websocket_message_latency_seconds_bucket{le="+Inf"} 4',
    'websocket_message_latency_seconds_sum 60.0032',
    'websocket_message_latency_seconds_count 4',
    'websocket_connection_duration_seconds_bucket{le="1"} 0',
    'websocket_connection_duration_seconds_bucket{le="2"} 1',
    '# TYPE websocket_connections_active gauge',
    '# TYPE websocket_connections_opened_total counter',
    '# TYPE websocket_message_latency_seconds histogram',
    'websocket_healthy 1',
    'process_resident_memory_bytes 90',
    'process_open_fds 900',
    'process_max_fds 1000',
    'nodejs_eventloop_lag_seconds 0.0015',
  ])('have the line %s', async (line) => {
    expect((await page(false)).split('\n')).toContain(labelled(line));
  });

  it('have no region where there is but one place', async () => {
    const text = await createExample(false, null, { server: 'node' }).metrics.metrics();
    expect(text).toContain('\nwebsocket_connections_active{server="node"} 2\n');
    expect(text).not.toContain('region');
  });

  it('are read anew each time', async () => {
    const { counts, metrics } = createExample(false);
    await metrics.metrics();
    counts.opened = 9;
    counts.closed['1000'] = 4;
    const text = await metrics.metrics();
    expect(text).toContain(`\n${labelled('websocket_connections_opened_total 9')}\n`);
    expect(text).toContain(`\n${labelled('websocket_connections_closed_total{code="1000"} 4')}\n`);
  });

  it('tell of faults that the node was asked for, and only then', async () => {
    const { metrics } = createExample(false, { drop: 3, stall: 0 });
    const text = await metrics.metrics();
    expect(text).toContain(`\n${labelled('websocket_faults_injected_total{fault="drop"} 3')}\n`);
    expect(text).toContain(`\n${labelled('websocket_faults_injected_total{fault="stall"} 0')}\n`);
    expect(lintMetrics(text)).toEqual([]);
    expect(await page(false)).not.toContain('faults');
  });

  it('have names as Prometheus wants them', async () => {
    expect(lintMetrics(await page(false))).toEqual([]);
  });

  it("have the guide's names, too, if asked, and only then", async () => {
    expect(await page(false)).not.toMatch(/websocket_connections_total|latency_ms/);
    const lines = (await page(true)).split('\n');
    expect(lines).toContain(labelled('websocket_connections_total 2'));
    expect(lines).toContain(labelled('websocket_message_latency_ms_bucket{le="5"} 3'));
    expect(lines).toContain(labelled('websocket_message_latency_ms_sum 60003.2'));
  });

  it("break the conventions with the guide's names: the linter sees it", async () => {
    expect(lintMetrics(await page(true))).toEqual([
      'websocket_connections_total ends in _total and is no counter',
      'websocket_message_latency_ms is not in a base unit',
    ]);
  });
});
