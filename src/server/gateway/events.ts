/**
 * What a gateway and a backend say to each other: events and answers of the kind that Amazon API Gateway's WebSocket
 * APIs exchange with their integrations, each a POST of JSON. docs/edge.md describes them for backends in other
 * languages.
 */

import type { EventCounts } from '../control.ts';

export type EventKind = keyof EventCounts;

/** Where a client connected to: `/rooms`, or everything else. */
export type Stage = 'echo' | 'rooms';

const ROUTES: Record<EventKind, { routeKey: string; eventType: string }> = {
  connect: { routeKey: '$connect', eventType: 'CONNECT' },
  message: { routeKey: '$default', eventType: 'MESSAGE' },
  disconnect: { routeKey: '$disconnect', eventType: 'DISCONNECT' },
};

/** What an event tells of itself and of its connection; times are those of the calendar. */
export interface EventContext {
  connectionId: string;
  stage: Stage;
  /** Of this gateway's management interface: host and port. */
  domainName: string;
  /** The same in all attempts, so that a backend can tell an event that comes again. */
  messageId: string;
  sourceIp: string;
  connectedAtMs: number;
  atMs: number;
  /** Of `disconnect` alone. */
  closeCode?: number;
}

/** A message of a client. */
interface Message {
  data: Buffer;
  isBinary: boolean;
}

/** An event as it is posted. */
export function eventText(kind: EventKind, context: EventContext, message: Message | null): string {
  const { connectionId, stage, domainName, messageId, sourceIp, connectedAtMs, atMs, closeCode } = context;
  return JSON.stringify({
    requestContext: {
      ...ROUTES[kind],
      connectionId,
      messageId,
      requestId: messageId,
      messageDirection: 'IN',
      apiId: 'wsscale',
      stage,
      domainName,
      connectedAt: Math.round(connectedAtMs),
      requestTimeEpoch: Math.round(atMs),
      identity: { sourceIp },
      ...(closeCode === undefined ? {} : { disconnectStatusCode: closeCode }),
    },
    ...(message === null ? {} : { body: message.data.toString(message.isBinary ? 'base64' : 'utf8') }),
    isBase64Encoded: message?.isBinary ?? false,
  });
}

/** An event as a backend reads it; what it does not need is left out. */
export interface ReadEvent {
  kind: EventKind;
  body: string;
  isBase64Encoded: boolean;
}

/** Null of what is no event. */
export function readEvent(text: string): ReadEvent | null {
  const value = parseObject(text);
  const context = value?.requestContext as { eventType?: unknown } | undefined;
  const kinds = Object.keys(ROUTES) as EventKind[];
  const kind = kinds.find((each) => ROUTES[each].eventType === context?.eventType);
  if (value === null || kind === undefined) return null;
  const { body = '', isBase64Encoded = false } = value;
  if (typeof body !== 'string' || typeof isBase64Encoded !== 'boolean') return null;
  return { kind, body, isBase64Encoded };
}

/** What a backend has to say to an event. */
export interface Answer {
  statusCode: number;
  /** Null where there is nothing to be done for the client. */
  body: Buffer | null;
  isBinary: boolean;
}

/** Null of what is no answer. */
export function readAnswer(text: string): Answer | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { statusCode, body, isBase64Encoded = false } = value;
  if (typeof statusCode !== 'number' || typeof isBase64Encoded !== 'boolean') return null;
  if (body === undefined || body === null) return { statusCode, body: null, isBinary: false };
  if (typeof body !== 'string') return null;
  return {
    statusCode,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    isBinary: isBase64Encoded,
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
