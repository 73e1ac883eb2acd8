/**
 * Direct messages: each client sends to another one, by its name, wherever that is now; who sends to whom is in
 * `ring.ts`. A receiver holds what comes against the order of its one sender. A client that reconnects or moves says who
 * it is and where it was before, and begins a new epoch as a sender; as a receiver it goes on.
 *
 * What was sent and what has arrived is known to different workers, so each reports the difference between its own,
 * and what is missing shows in the sum.
 */

import { takeDisorder } from '../stats/disorder-counts.ts';
import { createStreams, receive, resetStream } from '../stats/ordering.ts';
import {
  type DirectHeader,
  directHeader,
  helloRequest,
  patchReceiver,
  readDirectHeader,
  userName,
} from '../wire/direct.ts';
import { type Envelope, EPOCH_LIMIT, envelopes } from '../wire/envelope.ts';
import { createBalance } from './balance.ts';
import { type Conversation, type ConversationOptions, MAX_BUFFERED_BYTES } from './conversation.ts';
import { createRing } from './ring.ts';
import { createRouteBook } from './routes.ts';

/** Messages of so many epochs of a sender may be on their way at once; a divisor of EPOCH_LIMIT. */
const EPOCHS_APART = 4;

/** When nothing has come for so long, nothing will: longer than a server keeps a message for an earlier one. */
const QUIET_MS = 3_000;

/** What was in flight when a herd broke the connections was not sent longer before. */
const IN_FLIGHT_MS = 1_000;

const NOWHERE = 0xffff;

export function createDirect(options: ConversationOptions): Conversation {
  const { clients, firstClient, clientsInAll, plan, rttMs, tag, recorder, nowMs } = options;
  const codec = envelopes[plan.payload];
  const binary = plan.payload === 'binary';
  const head = directHeader(userName(tag, 0));
  /** One for all clients: receiver and envelope are patched in. */
  const frame = Buffer.concat([head, codec.create(plan.sizeBytes, tag)]);
  const payload = frame.subarray(head.length);
  const envelope: Envelope = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
  const header: DirectHeader = { kind: 'other', from: -1, region: 0, detours: 0, node: 0, payloadAt: 0 };

  const receivers = new Uint32Array(clients);
  const senders = new Uint32Array(clients);
  /** Messages that the client has sent in its epoch. */
  const sent = new Uint32Array(clients);
  /** Where the client is, or was last: the server's numbers. */
  const regions = new Uint16Array(clients).fill(NOWHERE);
  const nodes = new Uint16Array(clients).fill(NOWHERE);
  /** Of a client's sender, a stream for each of the latest epochs. */
  const streams = createStreams(EPOCHS_APART * clients);
  const heardEpochs = new Int32Array(EPOCHS_APART * clients).fill(-1);
  const hasHeard = new Uint8Array(clients);
  const routes = createRouteBook(rttMs);
  const balance = createBalance();
  /** By storm, this worker's part of what it took. */
  const lost: number[] = [];
  const isAlone = clients === clientsInAll;
  let lastMs = Number.NEGATIVE_INFINITY;

  return {
    totals: streams.totals,
    get outstanding() {
      if (isAlone) return Math.max(0, balance.total);
      // Others have what this worker's clients have sent.
      return nowMs() - lastMs > QUIET_MS ? 0 : 1;
    },
    get owed() {
      return balance.total;
    },
    speakers: (wanted) => wanted,
    begin(isThere) {
      const ring = createRing(clientsInAll, rttMs.length, isThere ?? undefined);
      for (let client = 0; client < clients; client++) {
        receivers[client] = ring.next(firstClient + client);
        senders[client] = ring.previous(firstClient + client);
      }
    },
    opened(client, connection) {
      sent[client] = 0;
      const before = nodes[client] === NOWHERE ? null : nodes[client];
      connection.send(helloRequest(userName(tag, firstClient + client), before), false);
    },
    send(client, connection, epoch, intendedMs) {
      if (connection.bufferedBytes() > MAX_BUFFERED_BYTES) {
        recorder.counters.droppedBackpressure++;
        return;
      }
      const now = nowMs();
      const seq = ++sent[client];
      patchReceiver(frame, head.length, receivers[client]);
      codec.patch(payload, firstClient + client, epoch % EPOCH_LIMIT, seq, intendedMs, now);
      connection.send(frame, binary);
      balance.sent(now);
      lastMs = now;
      recorder.counters.sent++;
      recorder.counters.sentBytes += payload.length;
      recorder.late(now - intendedMs);
    },
    receive(client, _epoch, data, start, end) {
      readDirectHeader(data, start, end, header);
      if (header.kind === 'welcome') {
        regions[client] = header.region;
        nodes[client] = header.node;
        return -1;
      }
      recorder.counters.received++;
      recorder.counters.receivedBytes += end - header.payloadAt;
      const isOurs = header.kind === 'message' && codec.read(data, header.payloadAt, end, tag, envelope);
      if (
        !isOurs ||
        envelope.client !== senders[client] ||
        header.from !== envelope.client ||
        envelope.seq < 1
      ) {
        recorder.counters.foreign++;
        return -1;
      }
      return take(client);
    },
    // What is on its way to a client finds it again, or is missing at the end.
    endEpoch: () => 0,
    measureFanout() {},
    blame(startMs, endMs) {
      const messages = balance.take(startMs - IN_FLIGHT_MS, endMs);
      recorder.counters.lost += messages;
      lost.push(messages);
    },
    finish() {
      recorder.counters.missing += balance.total;
    },
    takeDisorder: () => takeDisorder(streams),
    takeRooms: () => null,
    takeRoutes: () => ({ ...routes.take(), lost: lost.splice(0) }),
  };

  function take(client: number): number {
    const now = nowMs();
    const { epoch, seq, intendedMs, sentMs } = envelope;
    const stream = EPOCHS_APART * client + (epoch % EPOCHS_APART);
    if (heardEpochs[stream] !== epoch) {
      if (hasHeard[client] === 0) recorder.counters.streams++;
      else recorder.counters.resets++;
      hasHeard[client] = 1;
      resetStream(streams, stream);
      heardEpochs[stream] = epoch;
    }
    const after = streams.nextExpected[stream] - 1;
    const arrival = receive(streams, stream, seq, now);
    if (arrival !== 'in-order')
      recorder.violation({ kind: arrival, client: firstClient + client, epoch, seq, after });
    if (arrival === 'duplicate') return -1;
    balance.arrived(sentMs);
    lastMs = now;
    if (header.detours === 0) routes.straight(header.region, regions[client], now - sentMs);
    else routes.late(header.region, regions[client], now - sentMs);
    recorder.answered(now - intendedMs, now - sentMs);
    return now - intendedMs;
  }
}
