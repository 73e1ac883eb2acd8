/**
 * Echo: each client's numbered messages, each expected back. One patched buffer serves all clients, and one envelope
 * object all answers, so a message allocates nothing here.
 */

import { takeDisorder } from '../stats/disorder-counts.ts';
import { createStreams, receive, resetStream } from '../stats/ordering.ts';
import { type Envelope, EPOCH_LIMIT, envelopes } from '../wire/envelope.ts';
import { type Conversation, type ConversationOptions, MAX_BUFFERED_BYTES } from './conversation.ts';

export function createEcho(options: ConversationOptions): Conversation {
  const { clients, firstClient, plan, tag, recorder, nowMs, slowReaders } = options;
  const codec = envelopes[plan.payload];
  const binary = plan.payload === 'binary';
  const payload = codec.create(plan.sizeBytes, tag);
  const envelope: Envelope = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
  const streams = createStreams(clients);
  /** Messages sent in the client's epoch. */
  const sent = new Uint32Array(clients);
  const spoke = new Uint8Array(clients);
  let outstanding = 0;

  return {
    totals: streams.totals,
    get outstanding() {
      return outstanding;
    },
    get owed() {
      return outstanding;
    },
    begin() {},
    speakers: (wanted) => wanted,
    opened() {},
    send(client, connection, epoch, intendedMs) {
      if (connection.bufferedBytes() > MAX_BUFFERED_BYTES) {
        recorder.counters.droppedBackpressure++;
        return;
      }
      const now = nowMs();
      const seq = ++sent[client];
      if (seq === 1) countStream(client);
      codec.patch(payload, firstClient + client, epoch % EPOCH_LIMIT, seq, intendedMs, now);
      connection.send(payload, binary);
      outstanding++;
      recorder.counters.sent++;
      recorder.counters.sentBytes += payload.length;
      recorder.late(now - intendedMs);
    },
    receive(client, epoch, data, start, end) {
      recorder.counters.received++;
      recorder.counters.receivedBytes += end - start;
      if (
        !codec.read(data, start, end, tag, envelope) ||
        envelope.client !== firstClient + client ||
        envelope.epoch !== epoch % EPOCH_LIMIT ||
        envelope.seq < 1 ||
        envelope.seq > sent[client]
      ) {
        recorder.counters.foreign++;
        return -1;
      }
      const now = nowMs();
      const { seq } = envelope;
      const after = streams.nextExpected[client] - 1;
      const arrival = receive(streams, client, seq, now);
      if (arrival !== 'in-order')
        recorder.violation({ kind: arrival, client: envelope.client, epoch, seq, after });
      if (arrival === 'duplicate') return -1;
      outstanding--;
      if (slowReaders !== null && slowReaders[client] === 1) return -1;
      recorder.answered(now - envelope.intendedMs, now - envelope.sentMs);
      return now - envelope.intendedMs;
    },
    endEpoch(client) {
      const inFlight = sent[client] - resetStream(streams, client);
      sent[client] = 0;
      outstanding -= inFlight;
      return inFlight;
    },
    measureFanout() {},
    blame() {},
    finish() {
      for (let client = 0; client < clients; client++)
        if (sent[client] >= streams.nextExpected[client]) recorder.counters.unanswered++;
    },
    takeDisorder: () => takeDisorder(streams),
    takeRooms: () => null,
    takeRoutes: () => null,
  };

  /** A client that speaks for the first time is a stream; one that begins again in a new epoch has been reset. */
  function countStream(client: number): void {
    if (spoke[client] === 0) recorder.counters.streams++;
    else recorder.counters.resets++;
    spoke[client] = 1;
  }
}
