/**
 * Regions as their users get them: built, their parts in processes of their own.
 */

import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packet, { type Packet } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { isNode } from '../../dist/topology/sample.js';
import type { Topology } from '../../dist/topology/topology.js';
import { REGIONS_NAME, resolverAddress } from '../../src/model/places.ts';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { eventually, inhabitants, isGone } from './inhabitants.ts';
import { parentOf } from './parent.ts';
import { isInstalled } from './programs.ts';

type RegionsPlan = Extract<TopologyPlan, { kind: 'regions' }>;

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const WITHIN_MS = 5_000;

const RTT_MS = [
  [0, 40, 60],
  [40, 0, 20],
  [60, 20, 0],
];

const PLAN: RegionsPlan = {
  ...{ kind: 'regions', engine: 'lean', regions: ['here', 'there', 'elsewhere'], nodesPerRegion: 2 },
  broker: { kind: 'embedded' },
  wan: { rttMs: RTT_MS, jitterRatio: 0, lossRatio: 0 },
  dns: { ttlMs: 1000, healthIntervalMs: 100 },
};

async function start(said: Partial<RegionsPlan> = {}) {
  const topology = createTopology({ ...PLAN, ...said }, { clock: systemClock });
  cleanups.push(() => topology.down());
  const deployment = await topology.up();
  if (deployment.places === undefined) throw new Error('no places');
  return { topology, ...deployment, places: deployment.places };
}

/** Asks the DNS as the resolver of a location does. */
function resolverAt(location: number, dns: string): Resolver {
  const resolver = new Resolver();
  resolver.setServers([dns]);
  resolver.setLocalAddress(resolverAddress(location));
  return resolver;
}

const regionOf = async (resolver: Resolver) => {
  const addresses = await resolver.resolve4(REGIONS_NAME);
  return PLAN.regions[Number(addresses[0].split('.')[2]) - 10];
};

async function connect(url: string, localAddress: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, localAddress });
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

const lose = (topology: Topology) => topology.faults.region?.() ?? Promise.reject(new Error('no region'));

/** Looks again until it is so; each look is a question to the DNS, which takes its time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

const DIG = '/usr/bin/dig';
const hasDig = existsSync(DIG) || process.env.CI !== undefined;
if (!hasDig) process.stderr.write('SKIPPED: dig is not installed (apt-get install bind9-dnsutils)\n');

describe.runIf(process.platform === 'linux')('regions', () => {
  it('come up, are known by one name, are sampled part by part, and go down', async () => {
    const { topology, urls, nodes, places } = await start();
    expect(urls).toEqual([expect.stringMatching(/^ws:\/\/wsscale\.test:\d+$/)]);
    const port = new URL(urls[0]).port;
    expect(nodes).toEqual(
      PLAN.regions.flatMap((region, i) =>
        [0, 1].map((node) => ({
          role: `${region}/node-${node}`,
          url: `ws://127.0.${10 + i}.${1 + node}:${port}`,
        })),
      ),
    );
    expect(places.locations).toBe(3);
    const samples = (await topology.sample()) ?? [];
    const ofNodes = samples.filter(isNode).map(({ region, role }) => `${region} ${role}`);
    expect(ofNodes.sort()).toEqual(nodes.map(({ role }) => `${role.split('/')[0]} ${role}`).sort());
    expect(samples.map(({ part }) => part).sort()).toEqual([
      ...['broker', 'broker', 'broker', 'dns'],
      ...Array.from({ length: 6 }, () => 'node'),
    ]);
    await topology.down();
    expect(samples.filter(({ pid }) => !isGone(pid))).toEqual([]);
  });

  it('send a client to the nearest one, by its resolver', async () => {
    const { places } = await start();
    for (const [location, region] of PLAN.regions.entries()) {
      const records = await resolverAt(location, places.dns).resolve4(REGIONS_NAME, { ttl: true });
      expect(records, region).toEqual(
        [1, 2].map((node) => ({ address: `127.0.${10 + location}.${node}`, ttl: 1 })),
      );
    }
    await expect(resolverAt(0, places.dns).resolve4('example.com')).rejects.toMatchObject({
      code: 'EREFUSED',
    });
    await expect(resolverAt(0, places.dns).resolve6(REGIONS_NAME)).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it.runIf(hasDig)('answer dig, by the subnet that it says', async () => {
    const { places } = await start();
    const [host, port] = places.dns.split(':');
    const dig = await promisify(execFile)(DIG, [
      `@${host}`,
      '-p',
      port,
      '+short',
      '+subnet=127.66.0.0/16',
      REGIONS_NAME,
    ]);
    expect(dig.stdout).toBe('127.0.12.1\n127.0.12.2\n');
  });

  it('go by the subnet of the client, where a resolver passes it on', async () => {
    const { places } = await start();
    const [host, port] = places.dns.split(':');
    const socket = createSocket('udp4');
    cleanups.push(() => socket.close());
    const subnet = { code: 8, family: 1, sourcePrefixLength: 16, scopePrefixLength: 0, ip: '127.66.0.0' };
    const edns = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0 };
    const query: unknown = {
      ...{ type: 'query', id: 1, questions: [{ type: 'A', name: REGIONS_NAME }] },
      additionals: [{ ...edns, flag_do: false, options: [subnet] }],
    };
    socket.send(packet.encode(query as Packet), Number(port), host);
    const [answer] = await once(socket, 'message');
    expect(packet.decode(answer).answers).toMatchObject([{ data: '127.0.12.1' }, { data: '127.0.12.2' }]);
  });

  it('answer after any packet that is none', async () => {
    const { places } = await start();
    const [host, port] = places.dns.split(':');
    const socket = createSocket('udp4');
    cleanups.push(() => socket.close());
    for (const bytes of ['', 'x', '\0'.repeat(12), '\xff'.repeat(1000)]) {
      await new Promise((resolve) => socket.send(Buffer.from(bytes, 'latin1'), Number(port), host, resolve));
    }
    expect(await regionOf(resolverAt(1, places.dns))).toBe('there');
  });

  it('take the clients of one that is lost, all at once, and give it back', { timeout: 60_000 }, async () => {
    const { topology, nodes, places } = await start();
    const there = nodes.filter(({ role }) => role.startsWith('there/'));
    const socket = await connect(there[0].url, '127.65.1.1');
    const closed = once(socket, 'close');
    const before = (await topology.sample()) ?? [];
    const outage = await lose(topology);
    expect(outage.role).toBe('there');
    expect(outage.acceptedAtMs).toBe(outage.brokenAtMs);
    expect((await closed)[0]).toBe(1006);
    const dead = before.filter(({ pid }) => isGone(pid));
    expect(dead.map(({ part }) => part).sort()).toEqual(['broker', 'node', 'node']);
    const resolver = resolverAt(1, places.dns);
    await until(async () => (await regionOf(resolver)) !== 'there');
    // The nearest one of those that are left.
    expect(await regionOf(resolver)).toBe('elsewhere');
    expect(await regionOf(resolverAt(0, places.dns))).toBe('here');
    const lost = await outage.failover?.();
    expect(lost).toMatchObject({ regions: PLAN.regions, lost: 1, servesAtMs: null, upAtMs: null });
    const detectionMs = (lost?.noticedAtMs ?? 0) - outage.brokenAtMs;
    // Two failures, the first of them at any time within an interval.
    expect(detectionMs).toBeGreaterThan(PLAN.dns.healthIntervalMs - 50);
    expect(detectionMs).toBeLessThan(2 * PLAN.dns.healthIntervalMs + 1000);
    await outage.heal();
    expect(await regionOf(resolver)).toBe('there');
    const healed = await outage.failover?.();
    expect(healed?.upAtMs).toBeGreaterThan((healed?.servesAtMs ?? Number.NaN) - 100);
    await connect(there[0].url, '127.65.1.1');
  });

  it('lose no region when there is but one left', { timeout: 60_000 }, async () => {
    const { topology } = await start({ nodesPerRegion: 1 });
    await lose(topology);
    await lose(topology);
    await expect(lose(topology)).rejects.toMatchObject({ code: 'TARGET' });
  });

  it.skipIf(!isInstalled('redis-server'))(
    'each have a Redis of their own, where asked for',
    { timeout: 60_000 },
    async () => {
      const broker = { kind: 'redis', carrier: 'pubsub', url: null } as const;
      const { topology } = await start({ nodesPerRegion: 1, broker });
      const redis = ((await topology.sample()) ?? []).filter(({ part }) => part === 'broker');
      expect(new Set(redis.map(({ pid }) => pid)).size).toBe(3);
      const outage = await lose(topology);
      expect(redis.filter(({ pid }) => isGone(pid))).toHaveLength(1);
      await outage.heal();
      await topology.down();
      expect(redis.filter(({ pid }) => !isGone(pid))).toEqual([]);
    },
  );

  it('are gone with the tool that started them, however it went', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale-regions-'));
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentOf(PLAN)], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    cleanups.push(() => parent.kill('SIGKILL'));
    await once(parent.stdout, 'data');
    // The tool, three brokers, six nodes, a DNS.
    expect(inhabitants(folder)).toHaveLength(11);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(await eventually(() => inhabitants(folder).length === 0, WITHIN_MS)).toBe(true);
  });
});
