/**
 * The backend of the reference server's gateways. It holds no connections and keeps nothing: each event has all that
 * its answer needs, so one backend is as good as another, and one that has just started is as good as one that stays.
 *
 * It welcomes everybody and has every message done as it came: the gateway sends it back, or does in the rooms what it
 * asks for. What a real one would decide here is not what is measured; that it is asked is.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { readLimits } from '../../base/limits.ts';
import type { Random } from '../../base/random.ts';
import { type Counts, createCounts } from '../counts.ts';
import { type ReadEvent, readEvent } from '../gateway/events.ts';
import { judgeProcess, watchProcess } from '../health.ts';
import { createPages, pathOf } from '../pages.ts';
import { type Address, bind } from '../ports.ts';

export interface BackendOptions extends Address {
  /** What the process is called in samples. */
  role: string;
}

/** A backend that listens. */
export interface ListeningBackend {
  port: number;
  /** `received` are events, and `sent` their answers. */
  counts: Counts;
  /** Takes no more events; resolves when those that it has are answered. */
  close(): Promise<void>;
}

/** A message of 64 KiB in base64, or as a text of which every character is escaped, and what stands around it. */
const MAX_EVENT_BYTES = 512 * 1024;

/** @throws WsscaleError `TARGET` if it cannot listen */
export async function listenBackend(
  options: BackendOptions,
  clock: Clock,
  random: Random,
): Promise<ListeningBackend> {
  const counts = createCounts();
  const watch = watchProcess(clock);
  const labels = { server: options.role };
  const health = () => judgeProcess(watch.reading());
  const pages = createPages({
    labels,
    health,
    loadMetrics: async () => {
      const { createBackendMetrics } = await import('./metrics.ts');
      return createBackendMetrics(labels, { reading: watch.reading, health }, counts);
    },
    isService: () => false,
  });

  function answer(text: string, response: ServerResponse): void {
    const event = readEvent(text);
    if (event === null) {
      send(response, 400, { message: 'This is no event.' });
      return;
    }
    counts.received++;
    counts.receivedBytes += text.length;
    send(response, 200, answerTo(event));
    counts.sent++;
  }

  const server = createServer((request, response) => {
    if (request.method !== 'POST' || pathOf(request.url ?? '') !== '/') pages(request, response);
    else readText(request, response, (text) => answer(text, response));
  });
  // A gateway keeps its connections: one that is closed because it was idle would be a request that fails.
  server.keepAliveTimeout = 0;
  const port = await bind(server, options, readLimits(), random).catch((error) => {
    watch.stop();
    throw error;
  });

  return {
    port,
    counts,
    async close() {
      watch.stop();
      // It closes connections that are idle at once, and the others after their answer.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What is to be done for the client. */
function answerTo({ kind, body, isBase64Encoded }: ReadEvent): object {
  return kind === 'message' ? { statusCode: 200, body, isBase64Encoded } : { statusCode: 200 };
}

function readText(request: IncomingMessage, response: ServerResponse, then: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_EVENT_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes <= MAX_EVENT_BYTES) then(Buffer.concat(chunks).toString());
    else send(response, 413, { message: 'The event is too long.' });
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
