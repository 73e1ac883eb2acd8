/**
 * Reads the frames of many connections (RFC 6455, sections 5 and 7.4). Nearly always a read brings whole frames with
 * whole messages: then nothing is copied, and a connection keeps nothing. What a read leaves unfinished is kept until
 * more comes:
 *
 *     read 1   [frame][frame][fra        `Rest.frame`: the bytes of the cut frame until all of it is there
 *     read 2   me][frame, FIN = 0]       `Rest.message`: the payloads of a message whose last frame has not come
 *     read 3   [ping][frame, FIN = 1]    a control frame may stand between them
 */

import { isUtf8 } from 'node:buffer';
import { FIN, MASKED, MAX_CONTROL_BYTES, OPCODE, unmask } from './frame.ts';

/** Bytes that come in pieces, which may be small and many: the first `length` of a buffer that grows by doubling. */
interface Gathered {
  buffer: Buffer;
  length: number;
}

/** What a connection keeps between two reads. */
interface Rest {
  frame: Gathered;
  /** So many bytes of the frame must be there before it is worth looking again. */
  neededBytes: number;
  message: Gathered;
  /** Opcode of the message that comes in fragments; 0: there is none. */
  opcode: number;
}

/** What the receiver needs of a connection. */
export interface Receiving {
  /** Null unless something is unfinished. */
  rest: Rest | null;
  /** Nothing more is read of it: it has closed, broken the protocol, or been ended. */
  deaf: boolean;
}

/** Why a connection is to be failed: the close code to send, and words. */
interface Violation {
  code: 1002 | 1007 | 1009;
  text: string;
}

/** What is done with what comes. Buffers are valid during the call only. */
export interface FrameEvents<Connection> {
  /** A whole message: the bytes `start` to `end` of `data`. */
  message(connection: Connection, data: Buffer, start: number, end: number, binary: boolean): void;
  ping(connection: Connection, payload: Buffer): void;
  pong(connection: Connection, payload: Buffer): void;
  /** The connection has been made deaf. Code 1005: the frame had none. */
  close(connection: Connection, code: number, reason: string): void;
  /** The peer broke the protocol. The connection has been made deaf. */
  violation(connection: Connection, violation: Violation): void;
}

export interface ReceiverOptions {
  /** Whether frames must be masked (a server's end) or must not be (a client's). */
  masked: boolean;
  maxPayloadBytes: number;
}

/** Texts up to here are looked through for ASCII first, which needs no view of them, as `isUtf8` does. */
const SHORT_TEXT_BYTES = 256;

const NO_BYTES = Buffer.alloc(0);

const BAD_UTF8: Violation = { code: 1007, text: 'the text is not UTF-8' };

/**
 * Makes the function that takes the bytes of a read. It changes them: masks are taken off in place.
 */
export function createReceiver<Connection extends Receiving>(
  { masked, maxPayloadBytes }: ReceiverOptions,
  events: FrameEvents<Connection>,
): (connection: Connection, data: Buffer) => void {
  /** Set when a frame is not complete: how many bytes of it there must be to go on. */
  let neededBytes = 0;

  return (connection, read) => {
    if (connection.deaf) return;
    const data = connection.rest === null ? read : joined(connection.rest, read);
    if (data === null) return;
    let at = 0;
    while (at < data.length) {
      const next = takeFrame(connection, data, at);
      if (connection.deaf) {
        connection.rest = null;
        return;
      }
      if (next < 0) break;
      at = next;
    }
    if (at < data.length) keep(connection, data, at);
    else if (connection.rest !== null && connection.rest.opcode === 0) connection.rest = null;
  };

  /** What was kept and what was read, or null if it is still not enough. */
  function joined(rest: Rest, read: Buffer): Buffer | null {
    if (rest.frame.length === 0) return read;
    gather(rest.frame, read);
    return rest.frame.length < rest.neededBytes ? null : takeAll(rest.frame);
  }

  function keep(connection: Connection, data: Buffer, from: number): void {
    const rest = restOf(connection);
    gather(rest.frame, data.subarray(from));
    rest.neededBytes = neededBytes;
  }

  /** Takes the frame at a place; returns where the next one begins, or -1 if this one is not complete. */
  function takeFrame(connection: Connection, data: Buffer, at: number): number {
    const rest = data.length - at;
    if (rest < 2) return incomplete(2);
    const opcode = data[at] & 0x0f;
    const fin = (data[at] & FIN) !== 0;
    let payloadBytes = data[at + 1] & 0x7f;
    let start = at + 2;
    const objection = objectionTo(connection.rest, data[at], data[at + 1]);
    if (objection !== null) return fail(connection, { code: 1002, text: objection });
    if (payloadBytes === 126) {
      if (rest < 4) return incomplete(4);
      payloadBytes = data.readUInt16BE(start);
      start += 2;
    } else if (payloadBytes === 127) {
      if (rest < 10) return incomplete(10);
      payloadBytes = data.readUInt32BE(start) * 2 ** 32 + data.readUInt32BE(start + 4);
      start += 8;
    }
    const isControl = opcode >= OPCODE.close;
    const bytesBefore = connection.rest === null ? 0 : connection.rest.message.length;
    if (!isControl && bytesBefore + payloadBytes > maxPayloadBytes)
      return fail(connection, { code: 1009, text: `a message is longer than ${maxPayloadBytes} bytes` });
    if (masked) start += 4;
    const end = start + payloadBytes;
    if (end > data.length) return incomplete(end - at);
    if (masked) unmask(data, start, end);
    if (isControl) takeControl(connection, opcode, data.subarray(start, end));
    else if (fin && opcode !== OPCODE.continuation) takeMessage(connection, data, start, end, opcode);
    else takeFragment(connection, opcode, data.subarray(start, end), fin);
    return end;
  }

  function incomplete(bytes: number): number {
    neededBytes = bytes;
    return -1;
  }

  /** What is wrong with the first two bytes of a frame, or null. */
  function objectionTo(rest: Rest | null, first: number, second: number): string | null {
    const opcode = first & 0x0f;
    const isFragmented = rest !== null && rest.opcode !== 0;
    if ((first & 0x70) !== 0) return 'a reserved bit is set';
    if (((second & MASKED) !== 0) !== masked) return masked ? 'a frame is not masked' : 'a frame is masked';
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) return `opcode ${opcode} is not known`;
      if ((first & FIN) === 0) return 'a control frame is fragmented';
      if ((second & 0x7f) > MAX_CONTROL_BYTES) return 'a control frame is too long';
      if (opcode === OPCODE.close && (second & 0x7f) === 1) return 'a close frame has half a code';
      return null;
    }
    if (opcode > OPCODE.binary) return `opcode ${opcode} is not known`;
    if (opcode === OPCODE.continuation && !isFragmented) return 'a continuation without a beginning';
    if (opcode !== OPCODE.continuation && isFragmented) return 'a new message within a fragmented one';
    return null;
  }

  function takeMessage(
    connection: Connection,
    data: Buffer,
    start: number,
    end: number,
    opcode: number,
  ): void {
    if (opcode === OPCODE.text && !isText(data, start, end)) fail(connection, BAD_UTF8);
    else events.message(connection, data, start, end, opcode === OPCODE.binary);
  }

  function takeFragment(connection: Connection, opcode: number, payload: Buffer, fin: boolean): void {
    const rest = restOf(connection);
    if (opcode !== OPCODE.continuation) rest.opcode = opcode;
    gather(rest.message, payload);
    if (!fin) return;
    const message = takeAll(rest.message);
    const messageOpcode = rest.opcode;
    rest.opcode = 0;
    takeMessage(connection, message, 0, message.length, messageOpcode);
  }

  function takeControl(connection: Connection, opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) events.ping(connection, payload);
    else if (opcode === OPCODE.pong) events.pong(connection, payload);
    else takeClose(connection, payload);
  }

  function takeClose(connection: Connection, payload: Buffer): void {
    const code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    const reason = payload.subarray(2);
    if (payload.length > 0 && !isCloseCode(code)) {
      fail(connection, { code: 1002, text: `${code} is not a close code` });
    } else if (!isUtf8(reason)) {
      fail(connection, BAD_UTF8);
    } else {
      connection.deaf = true;
      events.close(connection, code, reason.toString());
    }
  }

  function fail(connection: Connection, violation: Violation): number {
    connection.deaf = true;
    events.violation(connection, violation);
    return -1;
  }
}

function restOf(connection: Receiving): Rest {
  connection.rest ??= { frame: nothing(), neededBytes: 0, message: nothing(), opcode: 0 };
  return connection.rest;
}

function nothing(): Gathered {
  return { buffer: NO_BYTES, length: 0 };
}

function gather(into: Gathered, bytes: Buffer): void {
  const length = into.length + bytes.length;
  if (length > into.buffer.length) {
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * into.buffer.length));
    into.buffer.copy(larger, 0, 0, into.length);
    into.buffer = larger;
  }
  into.buffer.set(bytes, into.length);
  into.length = length;
}

function takeAll(from: Gathered): Buffer {
  const bytes = from.buffer.subarray(0, from.length);
  from.buffer = NO_BYTES;
  from.length = 0;
  return bytes;
}

function isText(data: Buffer, start: number, end: number): boolean {
  if (end - start <= SHORT_TEXT_BYTES) {
    let bits = 0;
    let i = start;
    for (; i + 3 < end; i += 4) bits |= data[i] | data[i + 1] | data[i + 2] | data[i + 3];
    for (; i < end; i++) bits |= data[i];
    if (bits < 0x80) return true;
  }
  return isUtf8(data.subarray(start, end));
}

/** Codes that may stand in a close frame (section 7.4 and IANA's registry). */
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}
