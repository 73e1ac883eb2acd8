/**
 * What a herd of any size does to a server: discrete events in bins of time, one client after the other.
 *
 *     waiting ──due──> knocks ──room in the queue──> queued ──its turn──> back
 *        ↑                └─ no room: refused, or its SYN again after 1, 3, 7 s     (dropped)
 *        └── next delay by its policy ── too long in the queue, or refused
 *
 * A server works its queue off in order and does not know who has left it: a handshake for a client that has given
 * up costs as much as another. So a queue that is longer than the clients' patience turns all work into waste, and
 * a storm can keep itself alive.
 */

import type { Random } from '../../base/random.ts';
import { createBackoff } from '../../load/backoff/index.ts';
import type { BackoffPlan } from '../../model/backoff.ts';
import { createWheel } from './wheel.ts';

/** A server, as far as a storm sees it. */
export interface ServerModel {
  /** Handshakes a second. */
  acceptsPerS: number;
  /** Connections that wait for their handshake at the most. */
  backlog: number;
  /** What happens to one that finds no room: told so at once, or its SYN is lost and sent again. */
  overflow: 'refuse' | 'drop';
  /** How long a client waits for its handshake. */
  clientTimeoutMs: number;
}

export interface StormInput {
  clients: number;
  policy: BackoffPlan;
  server: ServerModel;
  random: Random;
  /** What happens within one bin happens at once. */
  binMs?: number;
  /** The longest time that is looked at. */
  maxMs?: number;
}

export interface StormOutcome {
  binMs: number;
  /** Clients that are back at the end of each bin, from the break on. */
  back: Uint32Array;
  attempts: number;
  /** Attempts of each client that is back. */
  amplification: number;
  /** Most attempts in any one second. */
  peakAttemptsPerS: number;
  /** Handshakes done for clients that had left. */
  wasted: number;
}

/** Linux sends a SYN again after 1 s, and each time twice as late. */
const SYN_AGAIN_MS = 1000;
const MAX_SYNS = 6;

const DEFAULT_BIN_MS = 10;
const DEFAULT_MAX_MS = 3_600_000;

/** Lets all clients lose their connections at 0, and come back by the policy to a server that is there again. */
export function simulateStorm(input: StormInput): StormOutcome {
  const { clients, policy, server, random, binMs = DEFAULT_BIN_MS, maxMs = DEFAULT_MAX_MS } = input;
  const { backlog, clientTimeoutMs } = server;
  const backoff = createBackoff(policy);
  const maxBins = Math.ceil(maxMs / binMs);
  // The guide's policy adds up to a second to the cap.
  const longestMs = Math.max(policy.capMs + 1000, policy.firstMs, clientTimeoutMs, SYN_AGAIN_MS << MAX_SYNS);
  const wheel = createWheel(clients, Math.ceil(longestMs / binMs) + 1);
  const attempt = new Uint16Array(clients);
  const delayMs = new Float32Array(clients);
  const triedAt = new Int32Array(clients);
  const syns = new Uint8Array(clients);

  const perBin = (server.acceptsPerS * binMs) / 1000;
  const timeoutBins = Math.max(1, Math.round(clientTimeoutMs / binMs));
  /** In the order of arrival: who, and since which bin. Before `left`, nobody is there any more. */
  const room = Math.min(clients * 2, backlog + Math.ceil(perBin)) + 1;
  const queue = new Int32Array(room);
  const since = new Int32Array(room);
  let head = 0;
  let left = 0;
  let tail = 0;

  const attempts = new Uint32Array(maxBins);
  const back = new Uint32Array(maxBins);
  let isBack = 0;
  let tries = 0;
  let wasted = 0;
  let credit = 0;
  let bin = 0;

  const wait = (client: number) => {
    const ms = backoff(attempt[client], delayMs[client], random);
    // Who has given up does not come back.
    if (ms === null) return;
    delayMs[client] = ms;
    wheel.plan(client, Math.max(1, Math.round(ms / binMs)));
  };
  const fail = (client: number) => {
    if (attempt[client] < 65_535) attempt[client]++;
    syns[client] = 0;
    wait(client);
  };

  function knock(client: number): void {
    if (syns[client] === 0) {
      tries++;
      attempts[bin]++;
      triedAt[client] = bin;
    } else if (bin - triedAt[client] >= timeoutBins) {
      fail(client);
      return;
    }
    if (tail - head < backlog + Math.floor(credit)) {
      queue[tail % room] = client;
      since[tail % room] = triedAt[client];
      tail++;
    } else if (server.overflow === 'refuse') fail(client);
    else {
      const againBins = Math.round((SYN_AGAIN_MS * 2 ** Math.min(syns[client], MAX_SYNS - 1)) / binMs);
      syns[client]++;
      wheel.plan(client, Math.max(1, Math.min(againBins, triedAt[client] + timeoutBins - bin)));
    }
  }

  function loseTheImpatient(): void {
    if (left < head) left = head;
    for (; left < tail && bin - since[left % room] >= timeoutBins; left++) fail(queue[left % room]);
  }

  function accept(): void {
    for (; credit >= 1 && head < tail; credit--, head++) {
      if (head < left) wasted++;
      else isBack++;
    }
    // Time in which nobody came is lost.
    if (head === tail) credit = Math.min(credit, 1);
  }

  for (let client = 0; client < clients; client++) wait(client);
  for (bin = 0; bin < maxBins && isBack < clients; bin++) {
    credit += perBin;
    loseTheImpatient();
    for (let client = wheel.take(); client >= 0; client = wheel.take()) knock(client);
    accept();
    back[bin] = isBack;
    wheel.turn();
  }
  return {
    binMs,
    back: back.slice(0, bin),
    attempts: tries,
    amplification: tries / Math.max(1, isBack),
    peakAttemptsPerS: peakPerS(attempts.subarray(0, bin), binMs),
    wasted,
  };
}

/** When so large a share of the clients was back, in ms from the break; null: it never was. */
export function timeBackMs({ back, binMs }: StormOutcome, clients: number, share: number): number | null {
  const wanted = Math.ceil(clients * share - 1e-9);
  const bin = back.findIndex((count) => count >= wanted);
  return bin < 0 ? null : (bin + 1) * binMs;
}

function peakPerS(attempts: Uint32Array, binMs: number): number {
  const bins = Math.max(1, Math.round(1000 / binMs));
  let sum = 0;
  let most = 0;
  for (let i = 0; i < attempts.length; i++) {
    sum += attempts[i] - (i >= bins ? attempts[i - bins] : 0);
    if (sum > most) most = sum;
  }
  return most;
}
