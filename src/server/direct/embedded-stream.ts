/**
 * A node's way to the stream of an embedded broker: one connection on which it appends, and reads its lane if the
 * stream is its own region's.
 */

import { connect, type Socket } from 'node:net';
import type { Random } from '../../base/random.ts';
import { createBatch } from '../broker/batch.ts';
import { Fifo } from '../broker/fifo.ts';
import { createSplitter, STREAM } from '../broker/frames.ts';
import { retryDelayMs } from '../broker/retry.ts';
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
  let socket: Socket;
  let write: (frame: Buffer) => void = () => {};
  let isUp = false;
  let isClosed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  open();

  function open(): void {
    socket = connect({ ...address, noDelay: true });
    const mine = socket;
    const split = createSplitter(MAX_ENTRY_BYTES, (body) => onBody(mine, body));
    socket.on('connect', onConnect);
    socket.on('data', (chunk: Buffer) => {
      if (!split(chunk)) mine.destroy();
    });
    // What ends the connection also closes it.
    socket.on('error', () => {});
    socket.on('close', onClose);
  }

  function onConnect(): void {
    failures = 0;
    isUp = true;
    write = createBatch(socket);
    if (lane !== null) write(readFrame(lane));
    events.onFound();
  }

  function onBody(from: Socket, body: Buffer): void {
    if (body[0] !== STREAM || !isStreamBody(body)) return;
    if (body[1] === APPENDED) confirmations.take()?.(body[2] === 1 ? 'appended' : 'full');
    else if (body[1] === ENTRY) {
      const { number, entry } = readEntry(body);
      // An entry of a connection that has gone comes again on the next one, and is acknowledged there.
      events.onEntry(Buffer.from(entry), () => {
        if (isUp && from === socket) write(doneFrame(lane ?? 0, number));
      });
    }
  }

  function onClose(): void {
    const wasUp = isUp;
    isUp = false;
    if (wasUp && !isClosed) events.onLost();
    for (const told of confirmations.takeAll()) told('lost');
    if (isClosed) return;
    timer = setTimeout(open, retryDelayMs(++failures, random));
    timer.unref();
  }

  return {
    append(to, body, told) {
      if (!isUp) return told('lost');
      confirmations.add(told);
      write(appendFrame(to, body));
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      if (socket.closed) return Promise.resolve();
      return new Promise((resolve) => {
        socket.once('close', () => resolve());
        socket.destroy();
      });
    },
  };
}
