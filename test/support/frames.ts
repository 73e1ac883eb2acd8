/**
 * WebSocket frames as a test wants them, right or wrong, written as plainly as can be, and a receiver's events as data.
 */

import { createReceiver, type Receiving } from '../../src/wire/receiver.ts';

/** A frame that is to be sent. */
export interface Frame {
  opcode: number;
  payload: Buffer;
  fin?: boolean;
  /** The three reserved bits: 4, 2 and 1. */
  rsv?: number;
  /** Masked although the receiver's end does not expect it, or the other way round. */
  wronglyMasked?: boolean;
  key?: number[];
  /** Bits of the field for the length; the shortest that does without it. */
  lengthBits?: 7 | 16 | 64;
  /** A length that is not the payload's. */
  claimedBytes?: bigint;
}

export type Event =
  | ['text' | 'binary' | 'ping' | 'pong', string]
  | ['close', code: number, reason: string]
  | ['violation', code: number];

/** A client's end reads what is not masked, a server's what is. */
export const ENDS: [end: string, masked: boolean][] = [
  ['client', false],
  ['server', true],
];

type Traits = Omit<Frame, 'opcode' | 'payload'>;
type Bytes = string | Buffer;

export const text = (payload: Bytes, traits?: Traits) => frame(1, payload, traits);
export const binary = (payload: Bytes, traits?: Traits) => frame(2, payload, traits);
export const continuation = (payload: Bytes, traits?: Traits) => frame(0, payload, traits);
export const ping = (payload: Bytes, traits?: Traits) => frame(9, payload, traits);
export const pong = (payload: Bytes, traits?: Traits) => frame(10, payload, traits);

export function close(code: number, reason: Bytes = '', traits?: Traits): Frame {
  return frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]), traits);
}

export function frame(opcode: number, payload: Bytes, traits: Traits = {}): Frame {
  return { opcode, payload: Buffer.from(payload), ...traits };
}

/** One message in fragments of so many bytes. */
export function fragments({ opcode, payload }: Frame, bytes: number): Frame[] {
  return Array.from({ length: Math.ceil(payload.length / bytes) }, (_, i) =>
    frame(i === 0 ? opcode : 0, payload.subarray(i * bytes, (i + 1) * bytes), {
      fin: (i + 1) * bytes >= payload.length,
    }),
  );
}

/** The frame's bytes, for a receiver that expects frames to be masked or not. */
export function encode(frame: Frame, expectsMask: boolean): Buffer {
  const { opcode, payload, fin = true, rsv = 0, key = [0x37, 0xfa, 0x21, 0x3d] } = frame;
  const masked = expectsMask !== (frame.wronglyMasked ?? false);
  const length = frame.claimedBytes ?? BigInt(payload.length);
  const bits = frame.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]),
    Buffer.from([(masked ? 0x80 : 0) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127)]),
    Buffer.from(bits === 7 ? '' : length.toString(16).padStart(bits / 4, '0'), 'hex'),
    Buffer.from(masked ? key : []),
    masked ? payload.map((byte, i) => byte ^ key[i % 4]) : payload,
  ]);
}

/** The bytes in pieces that begin at these places. */
export function cutAt(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places, bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** The bytes in pieces of a size. */
export function chop(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

export interface Reader {
  connection: Receiving;
  events: Event[];
  /** What each event is told to, after it was noted. */
  onEvent: (event: Event) => void;
  /** Reads into a buffer that is overwritten afterwards, as that of a transport is by the next read. */
  read(bytes: Buffer): void;
}

export function createReader(masked: boolean, maxPayloadBytes = 2 ** 24): Reader {
  const note = (event: Event) => {
    reader.events.push(event);
    reader.onEvent(event);
  };
  const receive = createReceiver(
    { masked, maxPayloadBytes },
    {
      message: (_, data, start, end, isBinary) => note(messageEvent(data.subarray(start, end), isBinary)),
      ping: (_, payload) => note(['ping', payload.toString('latin1')]),
      pong: (_, payload) => note(['pong', payload.toString('latin1')]),
      close: (_, code, reason) => note(['close', code, reason]),
      violation: (_, { code }) => note(['violation', code]),
    },
  );
  const reader: Reader = {
    connection: { rest: null, deaf: false },
    events: [],
    onEvent: () => {},
    read(bytes) {
      const buffer = Buffer.from(bytes);
      receive(reader.connection, buffer);
      buffer.fill(0xee);
    },
  };
  return reader;
}

/** A reader that has read all of this. */
export function readAll(masked: boolean, reads: Buffer[], maxPayloadBytes?: number): Reader {
  const reader = createReader(masked, maxPayloadBytes);
  for (const read of reads) reader.read(read);
  return reader;
}

export function messageEvent(payload: Buffer, isBinary: boolean): Event {
  return isBinary ? ['binary', payload.toString('latin1')] : ['text', payload.toString()];
}
