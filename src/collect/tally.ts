/**
 * The running account of a phase: merges what workers, hosts and the server report, second by second, and answers
 * what the stages need to know meanwhile. Its memory does not grow with messages or clients, only with seconds.
 */

import type { StageName, UnjudgedRow } from '../model/record.ts';
import { addDisorder, createDisorderSum, type DisorderSum } from '../stats/disorder-counts.ts';
import { addCounts, createHistogram, type Histogram } from '../stats/histogram.ts';
import {
  addByKey,
  addCounters,
  addViolation,
  type Closes,
  type Counters,
  createCounters,
  type Interval,
  type ProcessSample,
  type StormInterval,
  type Violation,
} from '../swarm/messages.ts';
import { isNode, type ProcessSample as ServerSample } from '../topology/sample.ts';
import { MAX_EXAMPLES } from './ordering.ts';
import type { ProcessorUse } from './processor.ts';
import { createRegionTally, type RegionTally } from './regions.ts';
import { createRoomTally, type RoomTally } from './rooms.ts';
import { createRouteTally, type RouteTally } from './routes.ts';
import { addInterval, closeRow, createRow, type Row, viewRow } from './row.ts';

/** Rows stay open for reports so late; one that is later still counts into the oldest open row. */
const OPEN_ROWS = 8;

interface ServerReadings {
  first: ServerSample[];
  last: ServerSample[];
  /** Connections of each node, when all of them together had most. */
  balance: number[];
  peakRssBytes: number;
  lagMaxMs: number | null;
}

export interface Tally {
  counters: Counters;
  rooms: RoomTally;
  regions: RegionTally;
  routes: RouteTally;
  failed: Record<string, number>;
  closes: Closes;
  violations: Violation[];
  extremes: { maxExtent: number; maxBufferDepth: number };
  disorder: DisorderSum;
  /** Over the whole phase. */
  connect: Histogram;
  /** Over the hold, and what is answered after it. */
  response: Histogram;
  service: Histogram;
  lateness: Histogram;
  /** Response times of a search: also of loads that are too high, so they are no part of the phase's. */
  searched: Histogram;
  peakConnected: number;
  /** Most connections established in one second so far. */
  peakPerS: number;
  hosts: { first: Map<number, ProcessSample>; last: Map<number, ProcessSample>; peakRssBytes: number };
  server: ServerReadings | null;
  connected(): number;
  /** Messages that were sent and whose answers have not come. */
  owed(): number;
  /** Busiest worker loop over the last `seconds` rows that are complete. */
  recentElu(seconds: number): number;
  /** What happened since the given row. */
  since(row: number): { attempts: number; established: number; failed: number };
  row(): number;
  /** The seconds from `first` on, without `end`. */
  rows(first: number, end: number): UnjudgedRow[];
  /** The last second that is complete, or null before there is one. */
  lastSecond(): UnjudgedRow | null;
  addInterval(interval: Interval): void;
  addProcess(sample: ProcessSample): void;
  addServer(samples: ServerSample[], row: number): void;
  addProcessor(row: number, use: ProcessorUse): void;
  /** Called with each herd report while a storm is on. */
  onStorm: ((storm: StormInterval, worker: number) => void) | null;
  /** Resolves with the next report, or when woken. */
  changed(): Promise<void>;
  wake(): void;
  /** Ends the account. */
  close(): UnjudgedRow[];
}

/** @param workers how many workers report each second */
export function createTally(workers: number): Tally {
  const open = new Map<number, Row>();
  const closed: UnjudgedRow[] = [];
  const connectedByWorker = new Map<number, number>();
  const owedByWorker = new Map<number, number>();
  let waiting: (() => void)[] = [];
  let isAfterStorm = false;
  let newest = 0;
  let serverAt: { cpuS: number; atMs: number } | null = null;

  const self: Tally = {
    counters: createCounters(),
    rooms: createRoomTally(workers),
    regions: createRegionTally(),
    routes: createRouteTally(),
    failed: {},
    closes: {},
    violations: [],
    extremes: { maxExtent: 0, maxBufferDepth: 0 },
    disorder: createDisorderSum(),
    connect: createHistogram(),
    response: createHistogram(),
    service: createHistogram(),
    lateness: createHistogram(),
    searched: createHistogram(),
    peakConnected: 0,
    peakPerS: 0,
    hosts: { first: new Map(), last: new Map(), peakRssBytes: 0 },
    server: null,
    onStorm: null,
    connected: () => sum(connectedByWorker.values()),
    owed: () => sum(owedByWorker.values()),
    recentElu: (seconds) =>
      Math.max(
        0,
        ...[...open.values()].filter(({ index }) => index > newest - seconds).map((row) => row.eluMax ?? 0),
      ),
    since(first) {
      const total = { attempts: 0, established: 0, failed: 0 };
      for (const { index, counters, failed } of open.values()) {
        if (index < first) continue;
        total.attempts += counters.attempts;
        total.established += counters.established;
        total.failed += failed;
      }
      return total;
    },
    row: () => newest,
    rows(first, end) {
      const later = [...open.values()].filter(({ index }) => index >= first && index < end);
      return [...closed.slice(first, end), ...later.map((row) => viewRow(row, workers))];
    },
    lastSecond() {
      const row = open.get(newest - 1);
      // Of a second in which nobody reported, nothing is known yet.
      return row === undefined || row.workers.size === 0 ? null : viewRow(row, workers);
    },
    addInterval(interval) {
      const row = rowAt(interval.row);
      const measured = isMeasured(interval.stage);
      addInterval(row, interval, measured);
      connectedByWorker.set(interval.worker, interval.connected);
      owedByWorker.set(interval.worker, interval.owed);
      row.connected = self.connected();
      self.peakConnected = Math.max(self.peakConnected, row.connected);
      self.peakPerS = Math.max(self.peakPerS, row.counters.established);
      addCounters(self.counters, interval.counters);
      addByKey(self.failed, interval.failed);
      addCloses(self.closes, interval.closes);
      for (const violation of interval.violations) addViolation(self.violations, violation, MAX_EXAMPLES);
      if (interval.disorder !== null) addDisorder(self.disorder, interval.disorder);
      self.extremes.maxExtent = Math.max(self.extremes.maxExtent, interval.extremes.maxExtent);
      self.extremes.maxBufferDepth = Math.max(self.extremes.maxBufferDepth, interval.extremes.maxBufferDepth);
      addCounts(self.connect, interval.connect);
      if (measured) {
        addCounts(self.response, interval.response);
        addCounts(self.service, interval.service);
        addCounts(self.lateness, interval.lateness);
      }
      if (interval.stage === 'search') addCounts(self.searched, interval.response);
      if (interval.rooms !== null) self.rooms.add(interval.rooms, interval.worker);
      self.routes.add(interval.routes, measured);
      if (interval.storm !== null) self.onStorm?.(interval.storm, interval.worker);
      self.wake();
    },
    addProcess(sample) {
      const { first, last } = self.hosts;
      if (!first.has(sample.pid)) first.set(sample.pid, sample);
      last.set(sample.pid, sample);
      self.hosts.peakRssBytes = Math.max(
        self.hosts.peakRssBytes,
        sum([...last.values()].map((s) => s.rssBytes)),
      );
    },
    addServer(samples, second) {
      const living = samples.filter(({ alive }) => alive);
      const cpuS = sum(samples.map((sample) => sample.cpuS ?? 0));
      const rssBytes = sum(living.map((sample) => sample.rssBytes ?? 0));
      const lags = living.flatMap(({ eventLoopLagP99Ms: lag }) => lag ?? []);
      const row = rowAt(second);
      // If none answered in time, it is not known.
      row.serverRssBytes = living.length === 0 ? null : rssBytes;
      const atMs = Math.max(...samples.map((sample) => sample.atMs));
      // A sample without a newer time is an old one told again: the server did not answer.
      if (serverAt !== null && atMs > serverAt.atMs) {
        row.serverCpuRatio = (cpuS - serverAt.cpuS) / ((atMs - serverAt.atMs) / 1000);
      }
      serverAt = { cpuS, atMs };
      self.server ??= { first: samples, last: samples, balance: [], peakRssBytes: 0, lagMaxMs: null };
      self.server.last = samples;
      self.regions.add(living);
      const balance = living.filter(isNode).map(({ connections }) => connections);
      if (sum(balance) > sum(self.server.balance)) self.server.balance = balance;
      self.server.peakRssBytes = Math.max(self.server.peakRssBytes, rssBytes);
      if (lags.length > 0) self.server.lagMaxMs = Math.max(self.server.lagMaxMs ?? 0, ...lags);
    },
    addProcessor(second, use) {
      rowAt(second).processor = use;
    },
    changed: () => new Promise((resolve) => waiting.push(resolve)),
    wake() {
      const resolved = waiting;
      waiting = [];
      for (const resolve of resolved) resolve();
    },
    close() {
      for (const index of [...open.keys()].sort((a, b) => a - b)) settle(index);
      return closed;
    },
  };
  return self;

  /**
   * What is answered in the drain was sent before it. Left out, the slowest answers of a hold would be; after a storm,
   * they are the storm's.
   */
  function isMeasured(stage: StageName): boolean {
    if (stage === 'storm') isAfterStorm = true;
    return stage === 'hold' || (stage === 'drain' && !isAfterStorm);
  }

  /** The row of that second; seconds in which nobody reported are rows too. */
  function rowAt(index: number): Row {
    const oldest = closed.length;
    const at = Math.max(index, oldest);
    for (let i = oldest; i <= at; i++) if (!open.has(i)) open.set(i, createRow(i));
    newest = Math.max(newest, at);
    for (let i = oldest; i <= newest - OPEN_ROWS; i++) settle(i);
    return open.get(at) as Row;
  }

  function settle(index: number): void {
    const row = open.get(index) as Row;
    // Where nobody reported, the second before still holds.
    if (row.workers.size === 0) {
      row.stages = closed.length === 0 ? ['start'] : [(closed.at(-1) as UnjudgedRow).stage];
      row.connected = closed.at(-1)?.connected ?? 0;
    }
    closed.push(closeRow(row, workers));
    open.delete(index);
  }
}

function addCloses(closes: Closes, more: Closes): void {
  for (const [code, { count, reasons }] of Object.entries(more)) {
    closes[code] ??= { count: 0, reasons: {} };
    closes[code].count += count;
    addByKey(closes[code].reasons, reasons);
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
