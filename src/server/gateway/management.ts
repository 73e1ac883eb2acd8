/**
 * The management interface of a gateway, as Amazon API Gateway has it and its clients expect it:
 *
 *     POST   /@connections/{id}    sends the body to the client                    200
 *     GET    /@connections/{id}    tells when it connected, and from where         200
 *     DELETE /@connections/{id}    closes its connection                           204
 *
 * A stage may stand before the path. Every gateway answers for all connections: it passes on what is another one's.
 * Signatures are not looked at; whoever has an id, which nobody can guess, may use it.
 */

import { isUtf8 } from 'node:buffer';
import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { pathOf } from '../pages.ts';
import type { Address } from '../ports.ts';
import { type ConnectionId, type Connections, parseConnectionId } from './connections.ts';

export interface ManagementSources {
  index: number;
  connections: Connections;
  gateways: () => readonly Address[];
  nowMs: () => number;
  /** A moment of `nowMs`, as the calendar has it, in ISO 8601. */
  timestampOf: (atMs: number) => string;
}

/** The longest message that a client can be sent, as in the original. */
const MAX_BODY_BYTES = 128 * 1024;

const PATH = /^(?:\/(?:echo|rooms))?\/@connections\/([^/]+)$/;

/** Marks what another gateway passed on, which is not passed on again. */
const FORWARDED = 'x-wsscale-forwarded';

const NORMAL_CLOSURE = 1000;

/** What can be wrong, by the names that clients know. */
const ERRORS = {
  BadRequestException: 400,
  ForbiddenException: 403,
  GoneException: 410,
  PayloadTooLargeException: 413,
  LimitExceededException: 429,
  InternalServerErrorException: 500,
} as const;

export function createManagement(sources: ManagementSources, others: RequestListener): RequestListener {
  const { index, connections, gateways, nowMs, timestampOf } = sources;

  function answer(id: ConnectionId, incoming: IncomingMessage, response: ServerResponse): void {
    switch (incoming.method) {
      case 'POST':
        readBody(incoming, response, (body) => post(id, body, response));
        break;
      case 'GET':
        tell(id, response);
        break;
      case 'DELETE':
        close(id, response);
        break;
      default:
        refuse(response, 'ForbiddenException', 'Missing Authentication Token');
    }
  }

  function post(id: ConnectionId, body: Buffer, response: ServerResponse): void {
    const connection = connections.find(id);
    if (connection === null) gone(response);
    else if (connection.isFull) refuse(response, 'LimitExceededException', 'The client does not read.');
    else {
      connections.touch(id.place, nowMs());
      connection.deliver(body, !isUtf8(body));
      response.writeHead(200, { 'content-length': 0 }).end();
    }
  }

  function tell(id: ConnectionId, response: ServerResponse): void {
    const connection = connections.find(id);
    if (connection === null) gone(response);
    else {
      send(response, 200, {
        connectedAt: timestampOf(connection.openedAtMs),
        identity: { sourceIp: connection.address },
        lastActiveAt: timestampOf(connections.lastActiveMs(id.place)),
      });
    }
  }

  function close(id: ConnectionId, response: ServerResponse): void {
    const connection = connections.find(id);
    if (connection === null) gone(response);
    else {
      connection.close(NORMAL_CLOSURE, 'Connection Closed Normally');
      response.writeHead(204).end();
    }
  }

  return (incoming, response) => {
    const text = PATH.exec(pathOf(incoming.url ?? ''))?.[1];
    if (text === undefined) return others(incoming, response);
    const id = parseConnectionId(decode(text));
    if (id === null) return refuse(response, 'BadRequestException', `Invalid connectionId: ${decode(text)}`);
    if (id.gateway === index) return answer(id, incoming, response);
    const holder = gateways()[id.gateway];
    if (holder === undefined || incoming.headers[FORWARDED] !== undefined) return gone(response);
    forward(holder, incoming, response);
  };
}

/** Lets another gateway answer. */
function forward({ host, port }: Address, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const onward = request(
    { host, port: port ?? 0, method, path, headers: { ...headers, [FORWARDED]: '1' } },
    (answer) => {
      response.writeHead(answer.statusCode ?? ERRORS.InternalServerErrorException, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => {
    if (response.headersSent) response.destroy();
    else
      refuse(response, 'InternalServerErrorException', 'The gateway of this connection cannot be reached.');
  });
  incoming.pipe(onward);
}

function readBody(incoming: IncomingMessage, response: ServerResponse, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  incoming.on('end', () => {
    if (bytes <= MAX_BODY_BYTES) then(Buffer.concat(chunks));
    else refuse(response, 'PayloadTooLargeException', 'Message too long');
  });
}

function gone(response: ServerResponse): void {
  refuse(response, 'GoneException', 'The connection has gone.');
}

function refuse(response: ServerResponse, name: keyof typeof ERRORS, message: string): void {
  response.setHeader('x-amzn-errortype', name);
  send(response, ERRORS[name], { message });
}

function send(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
