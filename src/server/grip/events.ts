/**
 * WebSocket over HTTP: what happened to a connection that somebody else holds, as the body of a request, and what is
 * to happen to it, as the body of the answer.
 *
 *     TEXT 5\r\nhello\r\n      an event with its content, whose length is hexadecimal
 *     OPEN\r\n                 an event without any
 *
 * https://pushpin.org/docs/protocols/websocket-over-http/ describes it.
 */

export const EVENTS_TYPE = 'application/websocket-events';

export interface WebSocketEvent {
  type: 'OPEN' | 'TEXT' | 'BINARY' | 'PING' | 'PONG' | 'CLOSE' | 'DISCONNECT';
  /** Null of an event that has none; one that is empty is there. */
  content: Buffer | null;
}

const TYPES: readonly string[] = ['OPEN', 'TEXT', 'BINARY', 'PING', 'PONG', 'CLOSE', 'DISCONNECT'];

const LINE_END = Buffer.from('\r\n');

/** @returns null where the body is not what it should be */
export function decodeEvents(body: Buffer): WebSocketEvent[] | null {
  const events: WebSocketEvent[] = [];
  let at = 0;
  while (at < body.length) {
    const lineEnd = body.indexOf(LINE_END, at);
    if (lineEnd === -1) return null;
    const [type, length] = body.toString('latin1', at, lineEnd).split(' ');
    at = lineEnd + LINE_END.length;
    if (!TYPES.includes(type)) return null;
    let content: Buffer | null = null;
    if (length !== undefined) {
      const end = at + Number.parseInt(length, 16);
      if (!/^[0-9a-f]+$/i.test(length) || !LINE_END.equals(body.subarray(end, end + 2))) return null;
      content = body.subarray(at, end);
      at = end + LINE_END.length;
    }
    events.push({ type: type as WebSocketEvent['type'], content });
  }
  return events;
}

export function encodeEvents(events: readonly WebSocketEvent[]): Buffer {
  return Buffer.concat(
    events.flatMap(({ type, content }) =>
      content === null
        ? [Buffer.from(`${type}\r\n`, 'latin1')]
        : [Buffer.from(`${type} ${content.length.toString(16)}\r\n`, 'latin1'), content, LINE_END],
    ),
  );
}
