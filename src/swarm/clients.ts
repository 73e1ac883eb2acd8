/**
 * The life of a worker's clients: connect at the asked pace, come back by policy, be closed. All state is in typed
 * arrays by the client's number, and one tick moves all of it; no client has a timer or an object of its own, save
 * its connection.
 *
 *     idle ──grow──> connecting ──101──> open ──closed──> waiting ──due──> connecting
 *                         └──failed or too slow──> waiting            (policy none: given up)
 *                                         open ──move──> moving ──closed──> connecting
 */

import type { Random } from '../base/random.ts';
import type { Backoff } from '../load/backoff/index.ts';
import type { Connection, ConnectionEvents, ConnectOptions, Transport } from '../transport/transport.ts';
import { createConnectWindow } from './connect-window.ts';
import { createDueQueue } from './due-queue.ts';
import type { Recorder } from './recorder.ts';
import type { Storm } from './storm.ts';

const STATE = { idle: 0, connecting: 1, open: 2, waiting: 3, givenUp: 4, moving: 5 } as const;

export interface ClientsOptions {
  clients: number;
  transport: Transport;
  /** How client n connects, which has tried to `turn` times before. */
  connectOptions: (client: number, turn: number) => ConnectOptions;
  connectTimeoutMs: number;
  backoff: Backoff;
  /** A connection that lasted so long makes the attempts be counted from 0 again. */
  stableMs: number;
  random: Random;
  recorder: Recorder;
  nowMs: () => number;
  /** A connection opened: a new epoch of its client. */
  onOpen: (client: number) => void;
  onMessage: ConnectionEvents['message'];
  /** A connection ended that was open; returns how many of its messages were in flight. */
  onEnd: (client: number) => number;
}

export interface Clients {
  readonly open: number;
  /** Clients that are wanted: the first so many. */
  readonly wanted: number;
  /** All that were asked for have been started, and each is connected or has given up. */
  readonly settled: boolean;
  isOpen(client: number): boolean;
  connection(client: number): Connection;
  epoch(client: number): number;
  /**
   * Goes to `target` clients, new ones `ratePerS` from `startMs` on, or as fast as the server takes them where that is
   * slower; surplus ones leave at once.
   */
  grow(target: number, ratePerS: number, startMs: number): void;
  /** Starts what is due. */
  tick(nowMs: number): void;
  /** Breaks the connection from this end. */
  drop(client: number): void;
  /** Leaves in order, and connects anew as soon as the server has said goodbye, too. */
  move(client: number): void;
  /** From now on, clients come back by this policy. Attempts are counted from 0. */
  adopt(backoff: Backoff, stableMs: number): void;
  /**
   * Those who are away or have given up connect from `startMs` on, one after the other; so do the others, if
   * `everyone` is to, who leave before.
   */
  rally(ratePerS: number, startMs: number, everyone: boolean): void;
  /** The herd whose book is kept, if there is one. */
  storm: Storm | null;
}

export function createClients(options: ClientsOptions): Clients {
  const { recorder, nowMs } = options;
  const state = new Uint8Array(options.clients);
  const attempt = new Uint16Array(options.clients);
  const previousDelayMs = new Float64Array(options.clients);
  /** When the attempt began, or the connection opened. */
  const sinceMs = new Float64Array(options.clients);
  const dueMs = new Float64Array(options.clients);
  const epochs = new Int32Array(options.clients).fill(-1);
  /** Connects that were begun. */
  const turns = new Uint32Array(options.clients);
  const window = createConnectWindow();
  /** Handshakes under way. */
  let connecting = 0;
  const connections: (Connection | null)[] = new Array(options.clients).fill(null);
  const due = createDueQueue();
  const timeouts = createDueQueue();
  let open = 0;
  let goal = { from: 0, target: 0, ratePerS: 0, startMs: 0 };
  let wanted = 0;
  let givenUp = 0;
  let { backoff, stableMs } = options;
  /** Who is connected and is to leave when it is due; null where nobody is. */
  let leaving: Set<number> | null = null;

  const events: ConnectionEvents = {
    opened(client) {
      const now = nowMs();
      state[client] = STATE.open;
      connecting--;
      open++;
      if (++epochs[client] === 0) recorder.counters.clients++;
      recorder.counters.established++;
      recorder.connected(now - sinceMs[client]);
      window.opened(now - sinceMs[client]);
      sinceMs[client] = now;
      self.storm?.returned(client, now);
      options.onOpen(client);
    },
    message: options.onMessage,
    closed(client, code, reason) {
      if (state[client] === STATE.moving) {
        connections[client] = null;
        recorder.counters.missing += options.onEnd(client);
        connect(client, nowMs());
        return;
      }
      recorder.closed(code, reason);
      ended(client);
    },
    failed(client, key) {
      connections[client] = null;
      fail(client, key);
    },
  };

  /** A connection that was open is gone, whoever ended it. */
  function ended(client: number): void {
    connections[client] = null;
    open--;
    const now = nowMs();
    const inFlight = options.onEnd(client);
    if (self.storm?.broken(client, now, inFlight) === true) recorder.counters.lost += inFlight;
    else recorder.counters.missing += inFlight;
    if (now - sinceMs[client] >= stableMs) attempt[client] = 0;
    comeBack(client, now);
  }

  function fail(client: number, key: string): void {
    connecting--;
    window.failed();
    recorder.failed(key);
    self.storm?.failed(client, key);
    attempt[client] = Math.max(1, attempt[client]);
    comeBack(client, nowMs());
  }

  function comeBack(client: number, now: number): void {
    const delayMs = backoff(attempt[client], previousDelayMs[client], options.random);
    if (delayMs === null) {
      state[client] = STATE.givenUp;
      givenUp++;
      return;
    }
    previousDelayMs[client] = delayMs;
    state[client] = STATE.waiting;
    dueMs[client] = now + delayMs;
    due.push(dueMs[client], client);
  }

  function connect(client: number, now: number): void {
    state[client] = STATE.connecting;
    connecting++;
    sinceMs[client] = now;
    recorder.counters.attempts++;
    self.storm?.attempted(client, now);
    timeouts.push(now + options.connectTimeoutMs, client);
    const connectOptions = options.connectOptions(client, turns[client]++);
    connections[client] = options.transport.connect(client, connectOptions, events);
  }

  /** Counted as it begins: a server that accepts and then drops would otherwise never be backed off from. */
  function retry(client: number, now: number): void {
    if (attempt[client] < 0xffff) attempt[client]++;
    connect(client, now);
  }

  /** One that has lost its connection meanwhile comes back anyway. */
  function leave(client: number): void {
    leaving?.delete(client);
    if (leaving?.size === 0) leaving = null;
    if (state[client] === STATE.open) self.move(client);
  }

  /** The client is wanted no more. */
  function release(client: number): void {
    if (state[client] === STATE.open) {
      open--;
      recorder.counters.missing += options.onEnd(client);
      connections[client]?.leave(1000);
    } else if (state[client] === STATE.connecting) {
      connecting--;
      connections[client]?.terminate();
    } else if (state[client] === STATE.moving) {
      connections[client]?.terminate();
    } else if (state[client] === STATE.givenUp) {
      givenUp--;
    }
    connections[client] = null;
    state[client] = STATE.idle;
    attempt[client] = 0;
  }

  const self: Clients = {
    storm: null,
    get open() {
      return open;
    },
    get wanted() {
      return wanted;
    },
    get settled() {
      return wanted === goal.target && open + givenUp === wanted && leaving === null;
    },
    isOpen: (client) => state[client] === STATE.open,
    connection: (client) => connections[client] as Connection,
    epoch: (client) => epochs[client],
    grow(target, ratePerS, startMs) {
      for (let client = target; client < wanted; client++) release(client);
      wanted = Math.min(wanted, target);
      goal = { from: wanted, target, ratePerS, startMs };
    },
    tick(now) {
      // The queues also hold what has been overtaken: attempts that ended in time, retries of clients let go since.
      for (let client = timeouts.popDue(now); client >= 0; client = timeouts.popDue(now)) {
        if (state[client] !== STATE.connecting || sinceMs[client] + options.connectTimeoutMs > now) continue;
        connections[client]?.terminate();
        connections[client] = null;
        fail(client, 'TIMEOUT');
      }
      const grown = goal.from + Math.floor(((now - goal.startMs) / 1000) * goal.ratePerS);
      const until = Math.min(goal.target, Math.max(wanted, grown));
      while (wanted < until && connecting < window.size) connect(wanted++, now);
      for (let client = due.popDue(now); client >= 0; client = due.popDue(now)) {
        if (leaving?.has(client) === true) leave(client);
        else if (state[client] === STATE.waiting && dueMs[client] <= now) retry(client, now);
      }
    },
    move(client) {
      state[client] = STATE.moving;
      open--;
      connections[client]?.part(1000);
    },
    adopt(policy, lastingMs) {
      backoff = policy;
      stableMs = lastingMs;
      attempt.fill(0);
    },
    rally(ratePerS, startMs, everyone) {
      let turn = 0;
      for (let client = 0; client < wanted; client++) {
        const isAway = state[client] === STATE.waiting || state[client] === STATE.givenUp;
        if (!isAway && !(everyone && state[client] === STATE.open)) continue;
        if (state[client] === STATE.givenUp) givenUp--;
        if (isAway) state[client] = STATE.waiting;
        else {
          leaving ??= new Set();
          leaving.add(client);
        }
        dueMs[client] = startMs + (turn++ / ratePerS) * 1000;
        due.push(dueMs[client], client);
      }
    },
    drop(client) {
      connections[client]?.terminate();
      ended(client);
    },
  };
  return self;
}
