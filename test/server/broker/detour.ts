import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { BrokerOptions } from '../../../src/server/options.ts';

/** A way to a broker that can be cut and mended, while the broker lives on. It ends with the test. */
export interface Detour {
  options: BrokerOptions;
  /** Breaks all connections, and takes none until it is mended. */
  cut(): void;
  mend(): Promise<void>;
}

export async function createDetour(options: BrokerOptions): Promise<Detour> {
  const target = addressOf(options);
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(target);
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ]) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  onTestFinished(cut);
  return {
    options:
      options.kind === 'redis'
        ? { ...options, url: `redis://127.0.0.1:${port}` }
        : { kind: 'embedded', host: '127.0.0.1', port },
    cut,
    mend: () => listen(port),
  };
}

function addressOf(options: BrokerOptions): { host: string; port: number } {
  if (options.kind === 'embedded') return options;
  if (options.kind === 'local') throw new Error('there is no way to a local broker');
  const { hostname, port } = new URL(options.url);
  return { host: hostname, port: Number(port) };
}
