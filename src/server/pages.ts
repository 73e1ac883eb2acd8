/**
 * What a process of the server answers to plain HTTP: `/health`, `/metrics`, and a word on everything else.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

/** Which process it is: these stand at each page, so that many can be told apart where they are gathered. */
export interface Labels {
  /** Its role. */
  server: string;
  /** Left out where there is but one place. */
  region?: string;
}

export interface PageSources {
  labels: Labels;
  health(): Health;
  /** Called with the first request for it: many nodes are never asked, and need not load the library. */
  loadMetrics(): Promise<Registry>;
  /** Whether WebSocket connections are taken at this path. */
  isService(path: string): boolean;
}

/** Without the query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** The listener for a server's requests. */
export function createPages(
  sources: PageSources,
): (request: IncomingMessage, response: ServerResponse) => void {
  let metrics: Promise<Registry> | undefined;
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    const isPage = path === '/health' || path === '/metrics';
    if (isPage && request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      send(response, 405, 'text/plain', 'This path can only be read.\n');
    } else if (path === '/health') {
      const health = sources.health();
      const body = `${JSON.stringify({ ...sources.labels, ...health })}\n`;
      send(response, health.status === 'ok' ? 200 : 503, 'application/json', body);
    } else if (path === '/metrics') {
      metrics ??= sources.loadMetrics();
      void sendMetrics(response, metrics);
    } else if (sources.isService(path)) {
      response.setHeader('Upgrade', 'websocket');
      send(response, 426, 'text/plain', 'This path speaks WebSocket.\n');
    } else {
      send(response, 404, 'text/plain', 'There is nothing at this path.\n');
    }
  };
}

async function sendMetrics(response: ServerResponse, metrics: Promise<Registry>): Promise<void> {
  const registry = await metrics;
  send(response, 200, registry.contentType, await registry.metrics());
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
