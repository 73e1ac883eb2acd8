/**
 * `/metrics`: what a node counted, for Prometheus.
 *
 * Names follow the conventions of Prometheus: base units, counters end in `_total` and nothing else does, no label
 * whose values a client chooses.
 */

import type { Registry } from 'prom-client';
import type { HeartbeatCounters, RoomCounters } from './control.ts';
import type { Counts } from './counts.ts';
import type { DeliveryCounters } from './delivery/counters.ts';
import type { DirectSample } from './direct/counts.ts';
import { addDirectMetrics } from './direct/metrics.ts';
import type { GatewayCounts } from './gateway/counts.ts';
import { addGatewayMetrics } from './gateway/metrics.ts';
import { createMetricSet, type MetricSet } from './metric-set.ts';
import type { Labels } from './pages.ts';
import { addProcessMetrics, type ProcessSources } from './process-metrics.ts';

export interface MetricSources {
  labels: Labels;
  process: ProcessSources;
  counts: Counts;
  /** Open connections. */
  connections(): number;
  /** Bytes that wait to be sent, over all connections. */
  sendBufferBytes(): number;
  /** Offer the guide's own names beside ours, which break the conventions. */
  legacyMetricNames: boolean;
  /** What happened of the faults that the node was asked for; null: it was asked for none. */
  faults: (() => Readonly<Record<string, number>>) | null;
  /** Null of a node that answers its clients itself. */
  gateway: GatewayCounts | null;
  /** Puts in what it has to tell; null of a node that stores nothing. */
  store: { addMetrics(metrics: MetricSet): void } | null;
  /** Null of a node without direct messages. */
  direct: (() => DirectSample) | null;
}

/** All that a node tells. */
export function createMetrics(sources: MetricSources): Registry {
  const { counts } = sources;
  const metrics = createMetricSet(sources.labels);
  const { registry, gauge, counter, countersBy, histogram } = metrics;
  addProcessMetrics(metrics, sources.process);
  gauge('websocket_connections_active', 'WebSocket connections that are open.', sources.connections);
  counter('websocket_connections_opened_total', 'WebSocket connections opened.', () => counts.opened);
  countersBy(
    'code',
    'websocket_connections_closed_total',
    'WebSocket connections closed.',
    () => counts.closed,
  );
  countersBy(
    'reason',
    'websocket_connections_rejected_total',
    'WebSocket connections refused before they were open.',
    () => counts.rejected,
  );
  histogram(
    'websocket_message_latency_seconds',
    'Time from the receipt of a message until all that it caused was handed to the sockets.',
    counts.handling,
  );
  countersBy('direction', 'websocket_messages_total', 'Messages.', () => ({
    received: counts.received,
    sent: counts.sent,
  }));
  countersBy('direction', 'websocket_message_bytes_total', 'Payload bytes of the messages.', () => ({
    received: counts.receivedBytes,
    sent: counts.sentBytes,
  }));
  counter(
    'websocket_messages_dropped_total',
    'Room messages not sent to a member that did not read.',
    () => counts.dropped,
  );
  addRooms(counts.rooms);
  addDelivery(counts.delivery);
  histogram(
    'websocket_connection_duration_seconds',
    'How long the connections lasted that have ended.',
    counts.duration,
  );
  gauge(
    'websocket_send_buffer_bytes',
    'Bytes waiting to be sent, over all connections.',
    sources.sendBufferBytes,
  );
  if (counts.heartbeat !== null) addHeartbeat(counts.heartbeat);
  if (sources.gateway !== null) addGatewayMetrics(metrics, sources.gateway);
  sources.store?.addMetrics(metrics);
  if (sources.direct !== null) addDirectMetrics(metrics, sources.direct);
  if (sources.faults !== null) {
    const help = 'Faults that the node was asked for, as they happened.';
    countersBy('fault', 'websocket_faults_injected_total', help, sources.faults);
  }
  if (sources.legacyMetricNames) {
    gauge('websocket_connections_total', 'As websocket_connections_active.', sources.connections);
    histogram(
      'websocket_message_latency_ms',
      'As websocket_message_latency_seconds, in milliseconds.',
      counts.handling,
      1000,
    );
  }
  return registry;

  function addHeartbeat(heartbeat: HeartbeatCounters): void {
    counter('websocket_heartbeat_pings_total', 'Pings sent.', () => heartbeat.pings);
    counter('websocket_heartbeat_pongs_total', 'Pongs received.', () => heartbeat.pongs);
    counter(
      'websocket_heartbeat_dead_total',
      'Connections ended because their peers were silent from one ping to the next.',
      () => heartbeat.dead,
    );
  }

  function addDelivery(delivery: DeliveryCounters): void {
    counter(
      'websocket_slow_readers_closed_total',
      'Members of rooms that were closed because too much was waiting for them.',
      () => delivery.closedSlow,
    );
    counter(
      'websocket_batched_frames_total',
      'Frames sent with all messages of a batch in them.',
      () => delivery.batch.frames,
    );
    counter(
      'websocket_batched_messages_total',
      'Messages sent in such frames, one by one for each member.',
      () => delivery.batch.copies,
    );
  }

  function addRooms(rooms: RoomCounters): void {
    counter(
      'websocket_room_messages_published_total',
      'Messages of clients of this node that were numbered.',
      () => rooms.published,
    );
    counter(
      'websocket_room_messages_unpublished_total',
      'Messages of clients of this node that the broker did not confirm, or did not take.',
      () => rooms.unpublished,
    );
    counter(
      'websocket_room_messages_replayed_total',
      'Messages sent from the history to clients that came back.',
      () => rooms.replayed,
    );
    counter(
      'websocket_room_messages_not_replayed_total',
      'Messages that a member was owed and that the history no longer had.',
      () => rooms.notReplayed,
    );
    counter(
      'websocket_broker_reconnects_total',
      'Times that the broker was lost and found again.',
      () => rooms.brokerReconnects,
    );
  }
}
