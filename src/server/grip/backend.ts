/**
 * A backend behind a GRIP proxy: it holds no connection and keeps nothing, so any of them can be ended at any time and
 * another one answer in its place. Echoes it knows itself; rooms are kept by one process that it asks.
 */

import { Agent, request } from 'node:http';
import type { Counts } from '../counts.ts';
import { decodeEvents, EVENTS_TYPE, encodeEvents, type WebSocketEvent } from './events.ts';
import type { GripAnswer, GripService } from './http.ts';

const MESSAGES: readonly WebSocketEvent['type'][] = ['TEXT', 'BINARY'];

/** @param roomsUrl of the process that keeps the rooms */
export function createBackend(roomsUrl: string, counts: Counts): GripService {
  const agent = new Agent({ keepAlive: true });
  return async (path, connection, body) => {
    switch (path) {
      case '/':
      case '/echo':
        return answerEcho(body, counts);
      case '/rooms':
        return askRooms(agent, roomsUrl, connection, body);
      default:
        return { status: 404 };
    }
  };
}

/** Each event is its own answer: a message that message, a close its close. */
function answerEcho(body: Buffer, counts: Counts): GripAnswer {
  const events = decodeEvents(body);
  if (events === null) return { status: 400 };
  const messages = events.filter(({ type }) => MESSAGES.includes(type)).length;
  counts.received += messages;
  counts.sent += messages;
  const answers = events.flatMap((event) => {
    switch (event.type) {
      case 'PING':
        return [{ ...event, type: 'PONG' as const }];
      case 'PONG':
      case 'DISCONNECT':
        return [];
      default:
        return [event];
    }
  });
  return { status: 200, isGrip: false, body: encodeEvents(answers) };
}

function askRooms(agent: Agent, url: string, connection: string, body: Buffer): Promise<GripAnswer> {
  return new Promise((resolve) => {
    const headers = {
      'Content-Type': EVENTS_TYPE,
      'Content-Length': body.length,
      'Connection-Id': connection,
    };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () =>
          resolve(
            response.statusCode === 200
              ? { status: 200, isGrip: true, body: Buffer.concat(chunks) }
              : { status: 502 },
          ),
        )
        .on('error', () => resolve({ status: 502 }));
    });
    asked.on('error', () => resolve({ status: 502 })).end(body);
  });
}
