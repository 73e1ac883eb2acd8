import { describe, expect, it } from 'vitest';
import { createCounts, observe } from '../../src/server/counts.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { lintMetrics } from './metric-lint.ts';

function createExample(legacyMetricNames: boolean, faults: Record<string, number> | null = null) {
  const counts = createCounts();
  Object.assign(counts, { opened: 5, received: 7, receivedBytes: 70, sent: 6, sentBytes: 60, dropped: 1 });
  counts.rooms = { published: 11, unpublished: 12, replayed: 13, notReplayed: 14, brokerReconnects: 15 };
  counts.closed['1000'] = 2;
  counts.closed['4xxx'] = 1;
  counts.rejected.path = 3;
  for (const seconds of [0.0001, 0.0001, 0.003, 60]) observe(counts.handling, seconds);
  observe(counts.duration, 1.5);
  const sources = { counts, connections: () => 2, sendBufferBytes: () => 99, legacyMetricNames };
  return { counts, metrics: createMetrics({ ...sources, faults: faults && (() => faults) }) };
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
  ])('have the line %s', async (line) => {
    expect((await page(false)).split('\n')).toContain(line);
  });

  it('are read anew each time', async () => {
    const { counts, metrics } = createExample(false);
    await metrics.metrics();
    counts.opened = 9;
    counts.closed['1000'] = 4;
    const text = await metrics.metrics();
    expect(text).toContain('\nwebsocket_connections_opened_total 9\n');
    expect(text).toContain('\nwebsocket_connections_closed_total{code="1000"} 4\n');
  });

  it('tell of faults that the node was asked for, and only then', async () => {
    const { metrics } = createExample(false, { drop: 3, stall: 0 });
    const text = await metrics.metrics();
    expect(text).toContain('\nwebsocket_faults_injected_total{fault="drop"} 3\n');
    expect(text).toContain('\nwebsocket_faults_injected_total{fault="stall"} 0\n');
    expect(lintMetrics(text)).toEqual([]);
    expect(await page(false)).not.toContain('faults');
  });

  it('have names as Prometheus wants them', async () => {
    expect(lintMetrics(await page(false))).toEqual([]);
  });

  it("have the guide's names, too, if asked, and only then", async () => {
    expect(await page(false)).not.toMatch(/websocket_connections_total|latency_ms/);
    const lines = (await page(true)).split('\n');
    expect(lines).toContain('websocket_connections_total 2');
    expect(lines).toContain('websocket_message_latency_ms_bucket{le="5"} 3');
    expect(lines).toContain('websocket_message_latency_ms_sum 60003.2');
  });

  it("break the conventions with the guide's names: the linter sees it", async () => {
    expect(lintMetrics(await page(true))).toEqual([
      'websocket_connections_total ends in _total and is no counter',
      'websocket_message_latency_ms is not in a base unit',
    ]);
  });
});
