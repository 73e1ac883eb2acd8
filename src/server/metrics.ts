/**
 * `/metrics`: what a node counted, for Prometheus. Nothing here is touched when a message passes: the registry reads
 * the counts when it is asked.
 *
 * Names follow the conventions of Prometheus: base units, counters end in `_total` and nothing else does, no label
 * whose values a client chooses.
 */

import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { RoomCounters } from './control.ts';
import type { Counts, Distribution } from './counts.ts';

export interface MetricSources {
  counts: Counts;
  /** Open connections. */
  connections(): number;
  /** Bytes that wait to be sent, over all connections. */
  sendBufferBytes(): number;
  /** Offer the guide's own names beside ours, which break the conventions. */
  legacyMetricNames: boolean;
  /** What happened of the faults that the node was asked for; null: it was asked for none. */
  faults: (() => Readonly<Record<string, number>>) | null;
}

/** A registry of its own, so that two nodes in one process do not share one. */
export function createMetrics(sources: MetricSources): Registry {
  const { counts } = sources;
  const registry = new Registry();
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

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }

  function counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  function countersBy(
    label: string,
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /**
   * prom-client's own histogram can only be filled value by value. Its registry needs no more of a metric than a
   * name and a `get`, so ours gives the counts as they are.
   */
  function histogram(name: string, help: string, source: Distribution, unitsPerS = 1): void {
    const get = () => ({ name, help, type: 'histogram', values: histogramValues(name, source, unitsPerS) });
    registry.registerMetric({ name, get } as unknown as Metric);
  }
}

/** The lines of a histogram: its buckets, each with all that are smaller, then sum and count. */
function histogramValues(name: string, source: Distribution, unitsPerS: number) {
  const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
  let count = 0;
  for (const [i, inBucket] of source.counts.entries()) {
    count += inBucket;
    const le = i < source.endsS.length ? source.endsS[i] * unitsPerS : '+Inf';
    values.push({ metricName: `${name}_bucket`, labels: { le }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels: {}, value: source.sumS * unitsPerS });
  values.push({ metricName: `${name}_count`, labels: {}, value: count });
  return values;
}
