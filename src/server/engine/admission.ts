/**
 * Who gets a connection, and what those are told who do not. Every refusal is counted by its reason.
 */

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Counts, RejectReason } from '../counts.ts';
import { pathOf } from '../pages.ts';
import type { Service } from '../service.ts';
import type { Hosting } from './engine.ts';

/**
 * The service that a handshake asks for; null if it gets none now, which it has been told.
 *
 * @param held connections that are open
 */
export function admit(hosting: Hosting, held: number, url: string, socket: Duplex): Service | null {
  const { services, counts, maxConnections } = hosting;
  const service = services.get(pathOf(url));
  if (service === undefined) reject(counts, socket, 404, 'path');
  else if (hosting.isDraining()) reject(counts, socket, 503, 'draining');
  else if (held >= maxConnections) reject(counts, socket, 503, 'limit');
  else return hosting.wan?.serviceFor(socket, service) ?? service;
  return null;
}

/**
 * Counts a refusal, answers the request on a bare socket with an error, and closes it.
 *
 * @param headers further lines of the answer's head, each with its line end
 */
export function reject(
  counts: Counts,
  socket: Duplex,
  status: number,
  reason: RejectReason,
  headers = '',
): void {
  counts.rejected[reason]++;
  const text = STATUS_CODES[status] ?? 'Error';
  // A peer that resets the connection meanwhile is no error of ours.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\n` +
      'Connection: close\r\n' +
      'Content-Type: text/plain\r\n' +
      `Content-Length: ${text.length}\r\n` +
      `${headers}\r\n${text}`,
  );
}
