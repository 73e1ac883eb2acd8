/**
 * Several regions of the reference server, each a cluster of its own, and a DNS that sends a client to the nearest one
 * that is fit:
 *
 *                  ┌─ us-east-1 ─┐   127.0.10.1 …     each with its own broker for rooms;
 *     clients ──→  ├─ eu-west-1 ─┤   127.0.11.1 …     between them, and to clients from elsewhere, a network
 *        │         └─ …          ┘                    that takes its time (`server/wan`)
 *        └── which one? ── DNS ── /health of each node
 */

import { WsscaleError } from '../base/errors.ts';
import { createRandom, freshSeed } from '../base/random.ts';
import { nodeAddress, REGIONS_NAME } from '../model/places.ts';
import type { TopologyPlan } from '../model/plan.ts';
import { DEFAULT_NODE_OPTIONS, type NodeOptions, storeLimits } from '../server/options.ts';
import { freePort } from './address.ts';
import { type BrokerSite, brokerAt, chooseSite, startBroker } from './broker.ts';
import { type Dns, startDns } from './dns/index.ts';
import { checkParts } from './installed.ts';
import { startNode } from './node-process.ts';
import type { PartProcess } from './part-process.ts';
import { createProcesses, type Processes } from './processes.ts';
import type { Outage, Topology, TopologyOptions } from './topology.ts';

/** What runs in a region, in the order in which it started. */
interface Region {
  name: string;
  parts: PartProcess[];
  nodes: PartProcess[];
}

export function createRegions(
  plan: Extract<TopologyPlan, { kind: 'regions' }>,
  options: TopologyOptions,
): Topology {
  const { clock } = options;
  const { engine, regions: names, nodesPerRegion, wan, dns: dnsPlan } = plan;
  const nodeOptions = { ...DEFAULT_NODE_OPTIONS, ...options.node, engine };
  const seed = Math.floor(createRandom(options.seed ?? freshSeed(), 'regions')() * 2 ** 31);
  const processes = createProcesses();
  const addresses = names.map((_, region) =>
    Array.from({ length: nodesPerRegion }, (_, node) => nodeAddress(region, node)),
  );
  let port = 0;
  let dns: Dns;
  let regions: Region[] = [];
  /** Of the regions' brokers, which others must find again once they have been lost. */
  let sites: BrokerSite[] = [];

  /** How the node finds the others: all that there are have a number, and each region has a stream. */
  function directOf(region: number, i: number): NodeOptions['direct'] {
    if (nodeOptions.direct === null) return null;
    const streams = sites.map((site) => brokerAt(plan.broker, site)).filter((at) => at.kind !== 'local');
    if (streams.length === 0) return null;
    const ofNodes = addresses.flatMap((nodes, of) => nodes.map(() => of));
    return { ...nodeOptions.direct, node: region * nodesPerRegion + i, regions: ofNodes, streams };
  }

  /** Starts what a region is made of; resolves when all of it listens, with when the first of its nodes did. */
  async function start(index: number): Promise<{ region: Region; atMs: number }> {
    const name = names[index];
    const region: Region = { name, parts: [], nodes: [] };
    const ofRegion: Processes = {
      ...processes,
      start(begin) {
        const part = processes.start(begin);
        region.parts.push(part);
        return part;
      },
    };
    const broker = await startBroker(plan.broker, ofRegion, storeLimits(nodeOptions), sites[index]);
    region.nodes = addresses[index].map((host, i) => {
      const role = `${name}/node-${i}`;
      const place = { name, index, names, wan, seed };
      const node: NodeOptions = {
        ...nodeOptions,
        role,
        host,
        port,
        broker,
        region: place,
        direct: directOf(index, i),
      };
      return ofRegion.start(() => startNode(node));
    });
    const listening = await Promise.all(region.nodes.map((node) => node.listening));
    return { region, atMs: Math.min(...listening.map(({ atMs }) => atMs)) };
  }

  /** Ends all of the region with the most connections at once; the others take its clients. */
  async function lose(): Promise<Outage> {
    await Promise.all(regions.flatMap(({ nodes }) => nodes.map((node) => node.sample())));
    const alive = regions.filter(({ nodes }) => nodes.some((node) => node.alive));
    if (alive.length < 2) {
      throw new WsscaleError('TARGET', 'No region can be lost: there would be none to go to.');
    }
    const victim = alive.reduce((most, region) =>
      connectionsIn(region) > connectionsIn(most) ? region : most,
    );
    const index = regions.indexOf(victim);
    const brokenAtMs = clock.nowMs();
    await Promise.all(victim.parts.map(end));
    let servesAtMs: number | null = null;
    return {
      role: victim.name,
      brokenAtMs,
      acceptedAtMs: brokenAtMs,
      async heal() {
        const { region, atMs } = await start(index);
        regions = regions.map((other) => (other === victim ? region : other));
        servesAtMs = atMs;
        await dns.untilUp(index);
      },
      async failover() {
        const transitions = await dns.transitions();
        const ofIt = transitions.filter(({ region, atMs }) => region === index && atMs >= brokenAtMs);
        const [down, up] = [ofIt.find(({ isUp }) => !isUp), ofIt.find(({ isUp }) => isUp)];
        const noticed = { noticedAtMs: down?.atMs ?? null, servesAtMs, upAtMs: up?.atMs ?? null };
        return { regions: names, lost: index, ...noticed };
      },
    };
  }

  return {
    async up() {
      const missing = checkParts(plan);
      if (missing.length > 0) throw new WsscaleError('TARGET', missing.join('\n'));
      // All listen on the same one, so that the system cannot choose for each.
      port = options.node?.port || (await freePort('0.0.0.0', null));
      sites = await Promise.all(names.map(chooseSite));
      const started = await Promise.all(names.map((_, index) => start(index)));
      regions = started.map(({ region }) => region);
      const { ttlMs, healthIntervalMs } = dnsPlan;
      const zone = { ttlMs, healthIntervalMs, regions: names, rttMs: wan.rttMs };
      dns = await startDns(processes, { ...zone, nodes: addresses, nodePort: port });
      return {
        urls: [`ws://${REGIONS_NAME}:${port}`],
        nodes: regions.flatMap(({ nodes }, region) =>
          nodes.map(({ role }, i) => ({ role, url: `ws://${addresses[region][i]}:${port}` })),
        ),
        places: { dns: dns.server, locations: names.length },
      };
    },
    sample: processes.sample,
    settle: processes.settle,
    faults: { region: lose },
    died: processes.died,
    down: () => processes.down(stopInOrder),
  };
}

function connectionsIn({ nodes }: Region): number {
  return nodes.reduce((sum, { alive, lastSample }) => sum + (alive ? (lastSample?.connections ?? 0) : 0), 0);
}

/** As a power cut would. A program that is not ours is stopped by who looks after it: killed, that one would leave it. */
function end(part: PartProcess): Promise<void> {
  return part.orderly ? part.stop() : part.kill();
}

/** Nodes say goodbye to their clients, and lose their brokers last. */
async function stopInOrder(processes: readonly PartProcess[]): Promise<void> {
  for (const isNext of [true, false]) {
    const next = processes.filter(({ part }) => (part === 'node') === isNext);
    await Promise.all(next.map((process) => process.stop()));
  }
}
