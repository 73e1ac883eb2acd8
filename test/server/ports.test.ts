import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { bind, candidatePorts } from '../../src/server/ports.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function createTestServer(): Server {
  const server = createServer();
  servers.push(server);
  return server;
}

async function occupiedPort(): Promise<number> {
  const server = createTestServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const NO_CHOICE = () => {
  throw new Error('nothing is drawn for a port that was given');
};

const LIMITS = { ephemeralPorts: [32_768, 60_999] as [number, number], somaxconn: 4096 };

describe('the ports that are tried', () => {
  it('lie between the well-known ones and those of outgoing connections', () => {
    const ports = candidatePorts([32_768, 60_999], createRandom(7, 'port'));
    expect(ports).toHaveLength(100);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    expect(new Set(ports).size).toBeGreaterThan(90);
  });

  it.each([
    ['nobody knows the range', null],
    ['the range leaves no room', [1024, 65_535] as [number, number]],
  ])('are left to the system where %s', (_case, range) => {
    expect(candidatePorts(range, createRandom(7, 'port'))).toEqual([0]);
  });
});

describe('binding', () => {
  it('goes on to the next port where one is taken', async () => {
    const taken = await occupiedPort();
    const end = 61_000;
    const toTaken = (taken - 10_000 + 0.5) / (end - 10_000);
    const draws = [toTaken];
    const others = createRandom(3, 'port');
    const limits = { ...LIMITS, ephemeralPorts: [end, 65_535] as [number, number] };
    const random = () => draws.pop() ?? others();
    const port = await bind(createTestServer(), { host: '127.0.0.1', port: null }, limits, random);
    expect(draws).toEqual([]);
    expect(port).not.toBe(taken);
  });

  it('says which port is taken and what to do', async () => {
    const port = await occupiedPort();
    await expect(
      bind(createTestServer(), { host: '127.0.0.1', port }, LIMITS, NO_CHOICE),
    ).rejects.toMatchObject({
      code: 'TARGET',
      message: `The reference server cannot listen on 127.0.0.1:${port}: port ${port} is already in use. Stop what listens there, or choose another port.`,
    });
  });

  it('says that an address is not one of this machine', async () => {
    await expect(
      bind(createTestServer(), { host: '192.0.2.1', port: 0 }, LIMITS, NO_CHOICE),
    ).rejects.toMatchObject({
      code: 'TARGET',
      message: 'The reference server cannot listen on 192.0.2.1:0: this machine does not have that address.',
    });
  });
});
