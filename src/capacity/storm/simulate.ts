/**
 * What a herd of any size does to a server: discrete events in bins of time, one client after the other.
 *
 *     waiting ──due──→ SYN ──room──→ queued ──its turn──→ back
 *        ↑              │ ↑ again      ↑
 *        │              │ └─ no room   │ room
 *        │              └─ room, but others were quicker → half-open: its request, again and again
 *        └── next delay by its policy ←── refused, or too long since it began
 *
 * A server works its queue off in order and does not know who has left it: a handshake for a client that has given up
 * costs work, too. So a queue that is longer than the clients' patience turns all work into waste, and a storm can keep
 * itself alive after its cause has gone. docs/storms.md tells what is modelled, and what is not.
 */

import type { Random } from '../../base/random.ts';
import { createBackoff } from '../../load/backoff/index.ts';
import type { BackoffPlan } from '../../model/backoff.ts';
import { CHUNK, createCalendar } from './calendar.ts';
import { createGhosts } from './ghosts.ts';
import { createAcceptQueue } from './queue.ts';
import type { ServerModel } from './server.ts';

export interface StormInput {
  clients: number;
  policy: BackoffPlan;
  server: ServerModel;
  random: Random;
  /** How long after the break the server is there again; until then, it refuses. */
  outageMs?: number;
  /** What happens within one bin happens at once. */
  binMs?: number;
  /** The longest time that is looked at. */
  maxMs?: number;
}

export interface StormOutcome {
  clients: number;
  binMs: number;
  /** By bin, from the break on: clients that are back, and that wait for their next try, at its end; tries in it. */
  back: Uint32Array;
  waiting: Uint32Array;
  attempts: Uint32Array;
  /** Clients whose handshake is under way, at the end of each bin: in the queue, or on its way there. */
  inFlight: Uint32Array;
  /** Those whose policy lets them try no more. */
  givenUp: number;
  /** Tries in all. */
  tries: number;
  /** Handshakes done for clients that had left. */
  wasted: number;
  /** Tries that were refused. */
  refused: number;
}

const DEFAULT_BIN_MS = 10;
const DEFAULT_MAX_MS = 3_600_000;

/**
 * What is known of a client lies together: clients are met in no order, and so the processor waits for memory once for
 * each, which is most of what a storm of millions takes.
 */
const WORDS = 4;
/** The bin in which it began to try, and that in which its connection became half-open. */
const TRIED_AT = 0;
const OPEN_AT = 1;
const ATTEMPT = 2;
/** Its last delay, in ms, as a float. */
const DELAY_MS = 3;

/** Linux's timers ring at multiples of this, if they are set for more than a quarter of a second (at 250 Hz). */
const TIMER_MS = 32;

/** In the place of the bin in which a client began to try. */
const WAITS = -1;
const IS_BACK = -2;
/** In the place of the bin in which a connection became half-open. */
const NOT_OPEN = -1;
/** In the place of a client: it has left. */
const NOBODY = -1;

/** Lets all clients lose their connections at 0, and come back by the policy. */
export function simulateStorm(input: StormInput): StormOutcome {
  const { clients, policy, server, random, outageMs = 0 } = input;
  const { binMs = DEFAULT_BIN_MS, maxMs = DEFAULT_MAX_MS } = input;
  const { backlog, overflow, path, abandonedCost, refusedCost } = server;
  const backoff = createBackoff(policy);
  const bins = Math.ceil(maxMs / binMs);
  const inBins = (ms: number) => Math.max(1, Math.round(ms / binMs));
  const outageBins = Math.round(outageMs / binMs);
  const timeoutBins = inBins(server.clientTimeoutMs);
  const synBins = server.synAgainMs.map(inBins);
  const requestBins = server.requestAgainMs.map(inBins);
  const timerBins = path === 'loopback' ? inBins(TIMER_MS) : 1;
  const perBin = (server.acceptsPerS * binMs) / 1000;
  /** Bins that a place in the queue takes at the most; refusals come before all that wait. */
  const dearest = refusedCost > 0 ? Number.POSITIVE_INFINITY : Math.max(1, abandonedCost) / perBin;

  const state = new Int32Array(clients * WORDS);
  const delays = new Float32Array(state.buffer);
  const calendar = createCalendar(clients, bins);
  const met = new Int32Array(CHUNK);
  const metTriedAt = new Int32Array(CHUNK);
  const ghosts = createGhosts(requestBins, server.maxOrphans);
  const queue = createAcceptQueue(backlog + Math.ceil(perBin) + 1);

  const back = new Uint32Array(bins);
  const waiting = new Uint32Array(bins);
  const inFlight = new Uint32Array(bins);
  const attempts = new Uint32Array(bins);
  const now = { back: 0, waiting: 0, inFlight: 0, givenUp: 0 };
  let tries = 0;
  let wasted = 0;
  let refused = 0;
  /** Handshakes that the server has time for. */
  let credit = 0;
  let bin = 0;
  /** Places in the queue that are free or become so in this bin, and those who may want one: who gets it is chance. */
  let room = 0;
  let knocks = 0;
  /** There was room when the bin began. */
  let hasRoom = false;

  function wait(client: number): void {
    const at = client * WORDS;
    const ms = backoff(state[at + ATTEMPT], delays[at + DELAY_MS], random);
    state[at + TRIED_AT] = WAITS;
    if (ms === null) {
      now.givenUp++;
      return;
    }
    now.waiting++;
    delays[at + DELAY_MS] = ms;
    calendar.plan(client, bin + inBins(ms));
  }

  function fail(client: number): void {
    now.inFlight--;
    wait(client);
  }

  /** All are looked at before anything is done, so that the processor waits for the memory of many at once. */
  function meetAll(): void {
    for (let count = calendar.take(bin, met); count > 0; count = calendar.take(bin, met)) {
      for (let i = 0; i < count; i++) metTriedAt[i] = state[met[i] * WORDS + TRIED_AT];
      for (let i = 0; i < count; i++) meet(met[i], metTriedAt[i]);
    }
  }

  /** What was planned for the client is due: a try, a SYN or a request again, or the end of its patience. */
  function meet(client: number, triedAt: number): void {
    if (triedAt === WAITS) {
      begin(client);
    } else if (triedAt !== IS_BACK) {
      const leftBins = triedAt + timeoutBins - bin;
      if (leftBins > 0) knock(client, leftBins, hasRoom);
      else {
        const openAt = state[client * WORDS + OPEN_AT];
        if (openAt !== NOT_OPEN) ghosts.add(openAt, bin);
        fail(client);
      }
    }
  }

  function begin(client: number): void {
    const at = client * WORDS;
    now.waiting--;
    now.inFlight++;
    state[at + ATTEMPT]++;
    state[at + TRIED_AT] = bin;
    state[at + OPEN_AT] = NOT_OPEN;
    attempts[bin]++;
    tries++;
    if (bin < outageBins) {
      refused++;
      fail(client);
    } else knock(client, timeoutBins, hasRoom && path === 'network');
  }

  /**
   * @param leftBins of the client's patience
   * @param passes a SYN is answered, since there was room for one when it came
   */
  function knock(client: number, leftBins: number, passes: boolean): void {
    const at = client * WORDS;
    if (isLetIn()) {
      queue.push(client, state[at + TRIED_AT]);
      state[at + OPEN_AT] = NOT_OPEN;
      // Only who may have to wait for too long has to be looked at again.
      if (queue.length * dearest + 1 >= leftBins) calendar.plan(client, bin + leftBins);
    } else if (overflow === 'refuse') {
      refused++;
      credit -= refusedCost;
      fail(client);
    } else {
      if (passes && state[at + OPEN_AT] === NOT_OPEN) state[at + OPEN_AT] = bin;
      const openAt = state[at + OPEN_AT];
      const againBins =
        openAt === NOT_OPEN
          ? untilNext(synBins, bin - state[at + TRIED_AT])
          : untilNext(requestBins, bin - openAt);
      // On one machine, all of them ring at the same times: together they find little room, and who comes alone finds more.
      const againBin = Math.ceil((bin + againBins) / timerBins) * timerBins;
      calendar.plan(client, Math.min(bin + leftBins, againBin));
    }
  }

  function isLetIn(): boolean {
    const isLucky = room >= knocks || random() * knocks < room;
    knocks--;
    if (isLucky) room--;
    return isLucky;
  }

  /** They get their share of the room. */
  function meetGhosts(): void {
    const knocking = ghosts.knocking(bin);
    if (knocking === 0) return;
    const share = Math.min(1, room / (knocks + knocking));
    const letIn = Math.floor(knocking * share + random());
    for (let i = 0; i < letIn; i++) queue.push(NOBODY, bin);
    room -= letIn;
    ghosts.letIn(bin, letIn);
  }

  function accept(): void {
    while (queue.length > 0 && credit > 0) {
      const client = queue.shift();
      if (client !== NOBODY && state[client * WORDS + TRIED_AT] === queue.triedAt) {
        credit--;
        state[client * WORDS + TRIED_AT] = IS_BACK;
        now.inFlight--;
        now.back++;
      } else {
        credit -= abandonedCost;
        wasted++;
      }
    }
    // Time in which nobody came is lost.
    if (queue.length === 0) credit = Math.min(credit, 0);
  }

  for (let client = 0; client < clients; client++) wait(client);
  while (bin < bins && now.back + now.givenUp < clients) {
    if (bin >= outageBins) credit += perBin;
    room = Math.max(0, backlog + Math.ceil(Math.max(0, credit)) - queue.length);
    knocks = calendar.due(bin);
    hasRoom = room > 0;
    meetGhosts();
    meetAll();
    accept();
    back[bin] = now.back;
    waiting[bin] = now.waiting;
    inFlight[bin] = now.inFlight;
    bin++;
  }
  return {
    ...{ clients, binMs, tries, wasted, refused, givenUp: now.givenUp },
    back: back.slice(0, bin),
    waiting: waiting.slice(0, bin),
    inFlight: inFlight.slice(0, bin),
    attempts: attempts.slice(0, bin),
  };
}

/** Bins from now until the next of these times; they and `since` run from the same moment. */
function untilNext(times: readonly number[], since: number): number {
  for (const time of times) if (time > since) return time - since;
  return Number.POSITIVE_INFINITY;
}
