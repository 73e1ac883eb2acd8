/**
 * A node's way to the stream of an embedded broker: one connection on which it appends, and reads its lane if the
 * stream is its own region's.
 */

import type { Socket } from 'node:net';
import type { Random } from '../../base/random.ts';
import { createBatch } from '../broker/batch.ts';
import { Fifo } from '../broker/fifo.ts';
import { STREAM } from '../broker/frames.ts';
import { openLine } from '../broker/line.ts';
import type { Append, Stream, StreamEvents } from './stream.ts';
import {
  APPENDED,
  appendFrame,
  doneFrame,
  ENTRY,
  isStreamBody,
  readEntry,
  readFrame,
} from './stream-frames.ts';

/** The longest that the broker sends: an entry with a message, and its header. */
const MAX_ENTRY_BYTES = 65 * 1024 * 1024;

/** @param lane to be read; null: none */
export function openEmbeddedStream(
  address: { host: string; port: number },
  lane: number | null,
  random: Random,
  events: StreamEvents,
): Stream {
  const confirmations = new Fifo<(result: Append) => void>();
  let current: Socket | null = null;
  let write: (frame: Buffer) => void = () => {};

  // Another region's may come much later than this node.
  const options = { name: 'stream', ...address, maxBodyBytes: MAX_ENTRY_BYTES, attemptsAtStart: Infinity };
  const line = openLine(options, random, {
    onBody,
    onUp(socket) {
      current = socket;
      write = createBatch(socket);
      if (lane !== null) write(readFrame(lane));
      events.onFound();
    },
    onDown(isLost) {
      if (isLost) events.onLost();
      for (const told of confirmations.takeAll()) told('lost');
    },
  });

  function onBody(body: Buffer, from: Socket): void {
    if (body[0] !== STREAM || !isStreamBody(body)) return;
    if (body[1] === APPENDED) confirmations.take()?.(body[2] === 1 ? 'appended' : 'full');
    else if (body[1] === ENTRY) {
      const { number, entry } = readEntry(body);
      // An entry of a connection that has gone comes again on the next one, and is acknowledged there.
      events.onEntry(Buffer.from(entry), () => {
        if (line.isUp && from === current) write(doneFrame(lane ?? 0, number));
      });
    }
  }

  return {
    append(to, body, told) {
      if (!line.isUp) return told('lost');
      confirmations.add(told);
      write(appendFrame(to, body));
    },
    close: line.close,
  };
}
