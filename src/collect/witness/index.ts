/**
 * Looks at the kernel and at the server's processes while a level of a search is tried, and tells what moved: what
 * stopped the level leaves its mark there. Of a process that dies, what was seen last is all there is, so it looks
 * several times a second.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type GroupReading, readGroup } from '../../base/cgroup.ts';
import type { Clock } from '../../base/clock.ts';
import { readOpenDescriptors } from '../../base/descriptors.ts';
import { type AcceptQueue, parseAcceptQueue } from '../../base/netstat.ts';
import type { Part, ProcessSample } from '../../topology/sample.ts';
import { growthOf, type KernelReading, readKernel } from './kernel.ts';
import type { Moved, ProcessMoves } from './moved.ts';
import {
  familyOf,
  isAlive,
  type ProcessFacts,
  readFacts,
  readRssBytes,
  readThreads,
  type ThreadTimes,
} from './processes.ts';
import { holdersOf, listenersAt, type Place, placeOf } from './target.ts';

export interface Witness {
  /** From now on, all that moves counts. */
  begin(): Promise<void>;
  /** What has moved since. */
  end(): Promise<Moved>;
  stop(): void;
}

interface WitnessOptions {
  clock: Clock;
  /** Where clients connect. */
  urls: readonly string[];
  /** The bundled server's processes, as they were sampled last; null of a target. */
  samples: () => readonly ProcessSample[] | null;
  /** Processes of the generator, which need not be looked through. */
  generatorPids: readonly number[];
}

const LOOK_MS = 100;
/** A processor is full if it is for so long. */
const WINDOW_MS = 500;

/** A process that is watched. */
interface Watched {
  facts: ProcessFacts;
  part: Part;
  role: string;
  /** Not one that another of them has started. */
  isMain: boolean;
  groupBefore: GroupReading;
  openDescriptors: number | null;
  rssBytes: number;
  threads: { atMs: number; times: Map<string, ThreadTimes> }[];
  busiest: Shares | null;
}

/** Of a time: on a core, and waiting for one. */
interface Shares {
  ranRatio: number;
  waitedRatio: number;
}

/**
 * Makes a witness. It looks only between `begin` and `end`: to read the table of all connections again and again takes time
 * from whoever measures messages meanwhile.
 */
export async function startWitness(options: WitnessOptions): Promise<Witness> {
  const { clock, urls, samples, generatorPids } = options;
  const places = (await Promise.all(urls.map(placeOf))).filter((place) => place !== null);
  let watched: Watched[] = [];
  let kernelBefore: KernelReading = readKernel();
  let queueBefore: AcceptQueue | null = null;
  let longestQueue = 0;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    for (const process of watched) lookAt(process, clock.nowMs());
    longestQueue = Math.max(longestQueue, waitingAt(places));
  }

  /** The processes of the server as they are now. Those of a target are looked for again only if one is gone. */
  function identify(): readonly Identity[] {
    const known = samples();
    if (known !== null) return known.filter(({ alive }) => alive);
    if (watched.length > 0 && watched.every(({ facts }) => isAlive(facts.pid))) {
      return watched
        .filter(({ isMain }) => isMain)
        .map(({ facts, part, role }) => ({ pid: facts.pid, part, role }));
    }
    const pids = places.length === 0 ? [] : holdersOf(listenersAt(places), generatorPids);
    return pids.map((pid) => ({ pid, part: 'node', role: 'target' }));
  }

  /** A process that is started again, or another of the same server, still listens. */
  function isGone(): boolean {
    if (samples() !== null || watched.length === 0) return false;
    return watched.every(({ facts }) => !isAlive(facts.pid)) && listenersAt(places).length === 0;
  }

  return {
    async begin() {
      const found = new Map<number, Watched>();
      for (const { pid, part, role } of identify()) {
        for (const one of familyOf(pid)) {
          const facts = readFacts(one);
          if (facts !== null && !found.has(one)) found.set(one, watch(facts, part, role, one === pid));
        }
      }
      watched = [...found.values()];
      queueBefore = await readQueue(places);
      kernelBefore = readKernel();
      longestQueue = 0;
      look();
      clearInterval(timer);
      timer = setInterval(look, LOOK_MS).unref();
    },
    async end() {
      clearInterval(timer);
      look();
      const queue = await readQueue(places);
      const kernel = readKernel();
      return {
        server: samples() !== null || places.length > 0 ? 'here' : 'elsewhere',
        counters: growthOf(kernelBefore, kernel),
        conntrack: kernel.conntrack,
        tcpPages: kernel.tcpPages,
        queue: {
          longest: longestQueue,
          backlog: queue?.backlog ?? queueBefore?.backlog ?? null,
          somaxconn: kernel.somaxconn,
          // A server that is gone has taken its count along.
          drops: queue === null || queueBefore === null ? null : Math.max(0, queue.drops - queueBefore.drops),
        },
        isGone: isGone(),
        processes: watched.map(movesOf),
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Whom to watch. */
interface Identity {
  pid: number;
  part: Part;
  role: string;
}

function watch(facts: ProcessFacts, part: Part, role: string, isMain: boolean): Watched {
  const groupBefore = readGroup(facts.groups);
  return {
    facts,
    part,
    role,
    isMain,
    groupBefore,
    openDescriptors: null,
    rssBytes: 0,
    threads: [],
    busiest: null,
  };
}

function lookAt(process: Watched, atMs: number): void {
  const { pid } = process.facts;
  const open = readOpenDescriptors(pid);
  if (open !== null) process.openDescriptors = Math.max(process.openDescriptors ?? 0, open);
  process.rssBytes = Math.max(process.rssBytes, readRssBytes(pid) ?? 0);
  const times = readThreads(pid);
  if (times.size === 0) return;
  const { threads } = process;
  threads.push({ atMs, times });
  // The last look that is a window ago is what is compared with; those before are done with.
  while (threads.length > 2 && atMs - threads[1].atMs >= WINDOW_MS) threads.shift();
  if (atMs - threads[0].atMs < WINDOW_MS) return;
  const now = busiestOf(threads[0], { atMs, times });
  if (now !== null && wanted(now) > wanted(process.busiest)) process.busiest = now;
}

type Times = Watched['threads'][number];

/** The thread that wanted a core most, as shares of the time between. */
function busiestOf(before: Times, after: Times): Shares | null {
  const seconds = (after.atMs - before.atMs) / 1000;
  let busiest: Shares | null = null;
  for (const [thread, { ranS, waitedS }] of after.times) {
    const then = before.times.get(thread);
    if (then === undefined) continue;
    const shares = {
      ranRatio: (ranS - then.ranS) / seconds,
      waitedRatio: (waitedS - then.waitedS) / seconds,
    };
    if (wanted(shares) > wanted(busiest)) busiest = shares;
  }
  return busiest;
}

function wanted(shares: Shares | null): number {
  return shares === null ? -1 : shares.ranRatio + shares.waitedRatio;
}

function movesOf({
  facts,
  part,
  role,
  isMain,
  groupBefore,
  openDescriptors,
  rssBytes,
  busiest,
}: Watched): ProcessMoves {
  const group = readGroup(facts.groups);
  const growth = (before: number | null, after: number | null) =>
    before === null || after === null ? null : Math.max(0, after - before);
  return {
    ...{ part, role, pid: facts.pid, program: facts.program, isMain },
    isAlive: isAlive(facts.pid),
    openDescriptors,
    maxDescriptors: facts.maxDescriptors,
    rssBytes,
    heapLimitBytes: facts.heapLimitBytes,
    groupLimitBytes: groupBefore.memoryLimitBytes,
    oomKills: growth(groupBefore.oomKills, group.oomKills),
    pidsRefused: growth(groupBefore.pidsRefused, group.pidsRefused),
    ranRatio: busiest?.ranRatio ?? null,
    waitedRatio: busiest?.waitedRatio ?? null,
  };
}

function waitingAt(places: readonly Place[]): number {
  return listenersAt(places).reduce((sum, { waiting }) => sum + waiting, 0);
}

const run = promisify(execFile);

/** Only `ss` tells how long a queue may be, and what one listener has dropped; null where it is not installed. */
async function readQueue(places: readonly Place[]): Promise<AcceptQueue | null> {
  if (places.length === 0) return null;
  const ports = places.map(({ port }) => `sport = :${port}`).join(' or ');
  const said = await run('ss', ['-Htlnm', ports]).catch(() => null);
  return said === null ? null : parseAcceptQueue(said.stdout);
}
