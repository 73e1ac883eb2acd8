/**
 * A node in the test's own process, and clients that wait for what happens instead of for time.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, describe } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { createRandom } from '../../src/base/random.ts';
import { ENGINE_KINDS } from '../../src/model/scenario.ts';
import { type ListeningNode, listen } from '../../src/server/listen.ts';
import { DEFAULT_NODE_OPTIONS, type NodeOptions } from '../../src/server/options.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The epoch of the rooms of a node that has no broker, so that tests know it: such a node takes the time for it. */
const EPOCH = 7;

const clock: Clock = { nowMs: systemClock.nowMs, wallTime: () => new Date(EPOCH) };

/** Starts a node on a port of the system's choice; it ends with the test. */
export async function startNode(options: Partial<NodeOptions> = {}): Promise<ListeningNode> {
  const defaults = { ...DEFAULT_NODE_OPTIONS, port: 0, closeTimeoutMs: 200 };
  const node = await listen({ ...defaults, ...options }, clock, createRandom(1, 'port'));
  cleanups.push(() => node.close());
  return node;
}

/** Tests that hold for a node whatever its engine. */
export function withEachEngine(tests: (start: typeof startNode) => void): void {
  describe.each(ENGINE_KINDS)('with the engine %s', (engine) => {
    tests((options) => startNode({ engine, ...options }));
  });
}

/** Waits until something is so in the node; what makes time pass are requests that it answers. */
export async function until(node: ListeningNode, condition: () => boolean): Promise<void> {
  while (!condition()) await fetch(`http://127.0.0.1:${node.port}/health`);
}

export interface Client {
  socket: WebSocket;
  /** The next message: a text as itself, a binary one as a Buffer. */
  next(): Promise<string | Buffer>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Connects; rejects with the status of a refused handshake. */
export async function connect(url: string, options: ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  cleanups.push(() => socket.terminate());
  const messages = queue<string | Buffer>();
  socket.on('message', (data: Buffer, isBinary) => messages.push(isBinary ? data : data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return { socket, next: messages.next, closed };
}

export interface RawClient {
  socket: Socket;
  /** All that was received until the server closed. */
  untilClosed: Promise<Buffer>;
}

/** A TCP connection on which a test can say anything. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  cleanups.push(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const untilClosed = new Promise<Buffer>((resolve) => {
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  return { socket, untilClosed };
}

/** A WebSocket handshake, as bytes. */
export function handshake(path: string, headers = ''): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`
  );
}

/** A client's frame with a mask of zeros, which leaves its payload readable. */
export function frame(firstByte: number, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload as string);
  const length =
    body.length < 126
      ? Buffer.from([0x80 | body.length])
      : Buffer.from([0x80 | 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([firstByte]), length, Buffer.alloc(4), body]);
}

function queue<T>() {
  const values: T[] = [];
  const waiting: ((value: T) => void)[] = [];
  return {
    push(value: T) {
      const wakened = waiting.shift();
      if (wakened === undefined) values.push(value);
      else wakened(value);
    },
    next: () =>
      new Promise<T>((resolve) => {
        const value = values.shift();
        if (value === undefined) waiting.push(resolve);
        else resolve(value);
      }),
  };
}
