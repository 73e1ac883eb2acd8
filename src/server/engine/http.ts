import { createServer, type Server } from 'node:http';
import { reject } from './admission.ts';
import type { Hosting } from './engine.ts';

/** The server for plain HTTP; what is not even that is refused and counted. Upgrades are for its engine. */
export function createHttpServer({ options, counts, pages }: Hosting): Server {
  const timeouts = {
    headersTimeout: options.handshakeTimeoutMs,
    requestTimeout: options.handshakeTimeoutMs,
    connectionsCheckingInterval: options.handshakeTimeoutMs / 2,
  };
  const server = createServer(timeouts, pages);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') reject(counts, socket, 408, 'timeout');
    else if (error.code === 'HPE_HEADER_OVERFLOW') reject(counts, socket, 431, 'malformed');
    else if (error.code?.startsWith('HPE_')) reject(counts, socket, 400, 'malformed');
    else socket.destroy();
  });
  return server;
}
