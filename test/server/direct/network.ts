/**
 * Nodes of several regions in one process, on a clock that jumps from event to event: everything is as it is between
 * real ones, save the sockets.
 */

import type { Random } from '../../../src/base/random.ts';
import { createDirectCounters, type DirectCounters } from '../../../src/server/direct/counts.ts';
import { DEFAULT_DIRECT_LIMITS, type DirectLimits } from '../../../src/server/direct/options.ts';
import { createOutbox, type Outbox } from '../../../src/server/direct/outbox.ts';
import { createRouter, type Router } from '../../../src/server/direct/router.ts';
import { createDirectService, type DirectService } from '../../../src/server/direct/service.ts';
import type { Stream } from '../../../src/server/direct/stream.ts';
import { createStreamDesk } from '../../../src/server/direct/stream-desk.ts';
import { appendFrame, doneFrame, readEntry, readFrame } from '../../../src/server/direct/stream-frames.ts';
import type { Peer } from '../../../src/server/service.ts';

export interface NetworkOptions {
  /** The region of each node. */
  regions: number[];
  /** How long it takes from one region to another, one way. */
  delayMs: (from: number, to: number) => number;
  limits?: Partial<DirectLimits>;
  /** Share of the entries that are appended twice, as after a confirmation that was lost. */
  copies?: { ratio: number; random: Random };
}

export interface Network {
  nodes: { service: DirectService; router: Router; counters: DirectCounters }[];
  nowMs(): number;
  /** Calls back when so much time has passed. */
  after(ms: number, callback: () => void): void;
  /** Lets time pass until nothing more is to happen, or until then. */
  run(untilMs: number): void;
  /** A region's stream, and its nodes' ways to it, are gone; what was in it is, too. */
  loseStream(region: number): void;
  findStream(region: number): void;
}

const TICK_MS = 50;
/** Between the goodbye and the end of a connection. */
const GOODBYE_MS = 2;

export function createNetwork({ regions, delayMs, limits: said, copies }: NetworkOptions): Network {
  const limits = { ...DEFAULT_DIRECT_LIMITS, ...said };
  const queue: { atMs: number; order: number; go: () => void }[] = [];
  let now = 1000;
  let order = 0;
  const after = (ms: number, go: () => void) => void queue.push({ atMs: now + ms, order: order++, go });
  const regionCount = Math.max(...regions) + 1;
  const desks = Array.from({ length: regionCount }, newDesk);
  const isThere = new Array(regionCount).fill(true);
  const outboxesOf: Outbox[][] = [];
  /** By way, when the last thing on it arrives: nothing overtakes. */
  const lastAtMs = new Map<string, number>();

  function newDesk() {
    return createStreamDesk({ entries: 100_000, bytes: 2 ** 30 });
  }

  function carry(way: string, ms: number, go: () => void): void {
    const atMs = Math.max(now + ms, lastAtMs.get(way) ?? 0);
    lastAtMs.set(way, atMs);
    after(atMs - now, go);
  }

  function streamFrom(node: number, region: number): Stream {
    const [from, to] = [`${node} → ${region}`, `${region} → ${node}`];
    return {
      append(lane, body, told) {
        const answer = (result: 'appended' | 'lost') =>
          carry(to, delayMs(region, regions[node]), () => told(result));
        carry(from, delayMs(regions[node], region), () => {
          if (!isThere[region]) return answer('lost');
          const times = copies !== undefined && copies.random() < copies.ratio ? 2 : 1;
          for (let i = 0; i < times; i++)
            desks[region].handle({ write() {} }, appendFrame(lane, body).subarray(4));
          answer('appended');
        });
      },
      async close() {},
    };
  }

  function read(node: number): void {
    const desk = desks[regions[node]];
    const reader = {
      write(frame: Buffer) {
        const { number, entry } = readEntry(Buffer.from(frame.subarray(4)));
        carry(`${node} reads`, 0.1, () => {
          const done = () => void desk.handle(reader, doneFrame(node, number).subarray(4));
          nodes[node].router.onEntry(entry, done);
        });
      },
    };
    desk.handle(reader, readFrame(node).subarray(4));
  }

  let sessions = 1;
  const nodes = regions.map((region, node) => {
    const counters = createDirectCounters();
    const outboxes = desks.map((_, to) => createOutbox(streamFrom(node, to), limits.backlogBytes, () => now));
    outboxesOf.push(outboxes);
    const service = createDirectService({
      ...{ node, region, limits, counters },
      nextSession: () => sessions++ * 256 + node,
      router: () => router,
    });
    const router = createRouter(
      { node, regions, limits, counters, nowMs: () => now, outboxes },
      service.replace,
    );
    return { service, router, counters };
  });
  const network: Network = {
    nodes,
    nowMs: () => now,
    after,
    run(untilMs) {
      while (true) {
        const next = queue.reduce<(typeof queue)[number] | null>(
          (first, one) =>
            first === null || one.atMs < first.atMs || (one.atMs === first.atMs && one.order < first.order)
              ? one
              : first,
          null,
        );
        if (next === null || next.atMs > untilMs) break;
        queue.splice(queue.indexOf(next), 1);
        now = next.atMs;
        next.go();
      }
      now = untilMs;
    },
    loseStream(region) {
      isThere[region] = false;
      desks[region] = newDesk();
      for (const outboxes of outboxesOf) outboxes[region].onLost();
    },
    findStream(region) {
      isThere[region] = true;
      for (const [node, of] of regions.entries()) if (of === region) read(node);
      for (const [node, outboxes] of outboxesOf.entries()) {
        outboxes[region].onFound();
        nodes[node].router.onFound(region);
      }
    },
  };
  for (const region of desks.keys()) network.findStream(region);
  const tick = () => {
    for (const { router } of nodes) router.tick();
    after(TICK_MS, tick);
  };
  tick();
  return network;
}

export interface User {
  /** What it was sent: whole messages, the server's own among them. */
  heard: string[];
  say(text: string): void;
  /** Leaves where it is, in order, and says hello at a node; nothing while it is on its way to one. */
  goTo(node: number): void;
  /** Leaves in order. */
  leave(): void;
}

/** A user who says hello wherever it goes, and where it was. */
export function createUser(network: Network, name: string): User {
  const heard: string[] = [];
  let at: { node: number; peer: FakePeer } | null = null;
  let before: number | null = null;
  let isOnItsWay = false;

  const say = (text: string) => {
    if (at !== null) network.nodes[at.node].service.onMessage(at.peer, Buffer.from(text), false);
  };

  /** The goodbye, and some time later the end. */
  function leave(then: () => void): void {
    const left = at;
    at = null;
    if (left === null) {
      then();
      return;
    }
    left.peer.isOpen = false;
    network.after(GOODBYE_MS, () => {
      network.nodes[left.node].service.onClose(left.peer);
      then();
    });
  }

  return {
    heard,
    say,
    leave: () => leave(() => {}),
    goTo(node) {
      if (isOnItsWay) return;
      isOnItsWay = true;
      leave(() => {
        isOnItsWay = false;
        at = { node, peer: new FakePeer(heard) };
        say(before === null ? `HELLO ${name}` : `HELLO ${name} ${before}`);
        before = node;
      });
    },
  };
}

/** Takes everything; what is sent to it after its end is an error of the server. */
class FakePeer implements Peer {
  readonly bufferedBytes = 0;
  readonly isFull = false;
  isOpen = true;
  private readonly heard: string[];

  constructor(heard: string[]) {
    this.heard = heard;
  }

  deliver(data: Buffer): void {
    if (!this.isOpen) throw new Error(`a peer that has left is sent ${data}`);
    this.heard.push(data.toString());
  }

  deliverFrame(frame: Buffer): void {
    this.deliver(frame.subarray(frame[1] < 126 ? 2 : 4));
  }

  close(): void {
    this.isOpen = false;
  }

  whenTaken(): void {}
  reset(): void {}
  silence(): void {}
  truncate(): void {}
}
