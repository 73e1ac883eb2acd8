/**
 * A worker's engine: it carries out the controller's commands on its share of the clients and reports once a
 * second. It is handed its clock, timers, transport and randomness, and knows nothing of threads.
 */

import { createRandom } from '../base/random.ts';
import { createBackoff } from '../load/backoff/index.ts';
import { createPacer } from '../load/pacer/index.ts';
import type { StageName } from '../model/record.ts';
import { destinationOf, locatedSourceOf, type Source, sourceOf } from '../transport/sources.ts';
import type { Connection, ConnectOptions, Transport } from '../transport/transport.ts';
import { createClients } from './clients.ts';
import { createConversation } from './conversation.ts';
import { createFailoverBook } from './failover.ts';
import { createLiveness } from './liveness.ts';
import type { Filling, Interval, WorkerCommand, WorkerEvent, WorkerPlan } from './messages.ts';
import { createMoves } from './moves.ts';
import { createPlaces, type Places } from './places.ts';
import { createRecorder } from './recorder.ts';
import { createSender, pickAtRandom, pickInTurn } from './sender.ts';
import { chooseSlowReaders } from './slow-readers.ts';
import { dealInTurn, dealTogether, isAmong } from './split.ts';
import { createStorm } from './storm.ts';

/** Connects, retries and timeouts are looked after this often. */
const TICK_MS = 10;
/** Of many workers on few cores, those that wait for nothing look less often: it all adds up. */
const IDLE_TICK_MS = 100;
/**
 * Messages that fall due within so much are sent together: up to twenty of them, since to be woken for fewer costs more
 * processor time, and a longer burst would show in the latency. A second is a multiple of it, so that what comes once a
 * second comes at equal distances. Many workers on few cores must not be woken as often.
 */
const GRAIN_MS: Record<Filling, (ratePerS: number) => number> = {
  together: (ratePerS) => (ratePerS <= 5000 ? 4 : ratePerS <= 10_000 ? 2 : 1),
  'in turn': () => 10,
};
const ROW_MS = 1000;

export interface EngineDeps {
  transport: Transport;
  nowMs: () => number;
  /** Calls back once after about so many ms; 0 means as soon as other events have been served. */
  after: (ms: number, callback: () => void) => void;
  /** Calls back once at that time, as exactly as can be, in place of what was asked for before. */
  at: (dueMs: number, callback: () => void) => void;
  /** Busy share of the event loop since the last call, 0 to 1. */
  utilization: () => number;
  /** Collects garbage now, so that it need not be done while messages are timed. */
  collectGarbage: () => void;
  /** Pauses for garbage that V8 collected by itself, since the last call. */
  garbageTime: () => Pick<Interval, 'gcMs' | 'gcMaxMs'>;
  post: (event: WorkerEvent) => void;
}

/** Starts an engine; returns the function that takes the controller's commands. */
export function createEngine(plan: WorkerPlan, deps: EngineDeps): (command: WorkerCommand) => void {
  const { phase, worker, workers } = plan;
  const { nowMs, post } = deps;
  const deal = plan.filling === 'together' ? dealTogether : dealInTurn;
  /** This worker's part of the first `total` clients of the swarm, and that of the workers before it. */
  const partOf = (total: number) => deal(total, phase.clients, worker, workers);
  const { before: firstClient, own: capacity } = partOf(phase.clients);

  // A phase that is compared with another one draws as that does.
  const drawsFor = (what: string) => createRandom(plan.seed, phase.baseline ?? phase.name, what, worker);

  const recorder = createRecorder();
  const places = plan.places && createPlaces(plan.places, capacity, firstClient, nowMs);
  const slowReaders = chooseSlowReaders(phase, firstClient, capacity);
  const conversation = createConversation({
    clients: capacity,
    firstClient,
    clientsInAll: phase.clients,
    plan: phase.messages,
    rttMs: phase.topology.kind === 'regions' ? phase.topology.wan.rttMs : [[0]],
    tag: plan.tag,
    recorder,
    nowMs,
    herd: {
      lost: (client, messages) => clients.storm?.missed(client, messages) ?? false,
      recovered: (client) => clients.storm?.recovered(client),
      answered: (client, responseMs) => clients.storm?.answered(client, responseMs),
    },
    audience: phase.service.audience,
    slowReaders,
  });
  const clients = createClients({
    clients: capacity,
    transport: deps.transport,
    connectOptions: (client, turn) =>
      places === null
        ? connectOptionsOf(plan, firstClient + client, turn)
        : locatedOptionsOf(plan, places, client, firstClient + client, turn),
    connectTimeoutMs: phase.handshake.timeoutMs,
    backoff: createBackoff(phase.reconnect),
    stableMs: phase.reconnect.stableMs,
    random: drawsFor('reconnect'),
    recorder,
    nowMs,
    onOpen: (client) => conversation.opened(client, clients.connection(client)),
    onMessage(client, data, start, end) {
      const responseMs = conversation.receive(client, clients.epoch(client), data, start, end);
      if (responseMs >= 0) clients.storm?.answered(client, responseMs);
    },
    onEnd(client) {
      wakeUp();
      return conversation.endEpoch(client);
    },
  });
  const moves =
    places === null || plan.places === null || phase.movesRatioPerS === 0
      ? null
      : createMoves(
          ...([phase.movesRatioPerS, plan.places.locations, clients, places] as const),
          drawsFor('moves'),
        );
  const liveness =
    phase.livenessMs === null
      ? null
      : createLiveness({
          ...{ clients: capacity, livenessMs: phase.livenessMs },
          ...{ isOpen: clients.isOpen, connection: clients.connection, epoch: clients.epoch },
          onSilent(client) {
            recorder.closed(1006, 'nothing was heard of the server');
            clients.drop(client);
          },
        });
  const arrivals = drawsFor('arrivals');
  const sender = createSender(recorder, sendNext, nowMs, GRAIN_MS[plan.filling]);

  let stage: StageName = 'start';
  let originMs = Number.POSITIVE_INFINITY;
  let row = 0;
  /** Clients that are wanted of all workers, and of those before this one. */
  let clientsInAll = 0;
  let clientsBefore = 0;
  let reachedPending = false;
  let rallyPending = false;
  let draining: { untilMs: number } | null = null;
  /** When the next tick is wanted, and which of the timers that were set for it is the last. */
  let tickDueMs = Number.POSITIVE_INFINITY;
  let tickTimer = 0;
  let isCollected = false;
  let lagMs = 0;
  /** Messages that were due and not sent, at the last report. */
  let overdue = 0;
  const storms: { startMs: number; endMs: number }[] = [];
  let running = true;

  post({ type: 'ready' });
  return execute;

  function execute(command: WorkerCommand): void {
    switch (command.type) {
      case 'begin':
        originMs = command.originMs;
        tick();
        break;
      case 'stage':
        report();
        stage = command.stage;
        conversation.measureFanout(stage === 'hold');
        if (stage === 'hold') forEachSlowReader((connection) => connection.pause());
        else readOn();
        // What the connects have left behind would otherwise be collected in the first seconds of the messages.
        if (stage === 'hold' && plan.filling === 'together') deps.collectGarbage();
        post({ type: 'staged' });
        break;
      case 'grow':
        grow(command);
        reachedPending = true;
        break;
      case 'grow on':
        grow(command);
        break;
      case 'flow':
        startFlow(command);
        break;
      case 'quiet':
        silence();
        readOn();
        break;
      case 'drain':
        draining = { untilMs: command.untilMs };
        wakeUp();
        break;
      case 'storm':
        startStorm(command.startMs, command.dropRatio);
        break;
      case 'calm':
        report();
        for (const storm of storms) storm.endMs = Math.min(storm.endMs, command.atMs);
        clients.storm = null;
        post({ type: 'calmed' });
        break;
      case 'reconnect':
        clients.adopt(createBackoff(command.policy), command.policy.stableMs);
        break;
      case 'rally':
        clients.rally(command.ratePerS / workers, command.startMs, command.everyone);
        rallyPending = true;
        wakeUp();
        break;
      case 'close':
        close();
        break;
    }
  }

  function tick(): void {
    if (!running) return;
    const now = nowMs();
    lagMs = Math.max(lagMs, now - tickDueMs);
    clients.tick(now);
    liveness?.(now);
    if (moves !== null) recorder.counters.moved += moves.tick(now);
    collectWhenFull();
    if (now >= originMs + (row + 1) * ROW_MS) {
      // What is due by now is not behind the schedule, unless there is too much of it.
      sender.pump(now);
      report(deps.utilization());
      row = Math.floor((now - originMs) / ROW_MS);
    }
    if (reachedPending && clients.settled) {
      reachedPending = false;
      report();
      post({ type: 'reached', clients: clients.open });
    }
    if (rallyPending && clients.settled) {
      rallyPending = false;
      report();
      post({ type: 'rallied' });
    }
    if (draining !== null && (conversation.outstanding === 0 || now >= draining.untilMs)) {
      draining = null;
      post({ type: 'drained', outstanding: conversation.outstanding });
    }
    const isIdle = plan.filling === 'in turn' && clients.settled && draining === null;
    tickIn(isIdle ? Math.min(IDLE_TICK_MS, originMs + (row + 1) * ROW_MS - now) : TICK_MS);
  }

  /** Workers that are filled in turn collect in turn: all of them at once would keep the server from answering. */
  function collectWhenFull(): void {
    if (plan.filling === 'together' || isCollected || clients.open < capacity) return;
    isCollected = true;
    deps.collectGarbage();
  }

  function tickIn(ms: number): void {
    const timer = ++tickTimer;
    tickDueMs = nowMs() + ms;
    deps.after(ms, () => {
      if (timer === tickTimer) tick();
    });
  }

  /** There is something to look after again. */
  function wakeUp(): void {
    if (tickDueMs > nowMs() + TICK_MS) tickIn(TICK_MS);
  }

  function grow({ clients: total, ratePerS, startMs }: Extract<WorkerCommand, { clients: number }>): void {
    const { own, before } = partOf(total);
    if (plan.filling === 'together') clients.grow(own, ratePerS / workers, startMs);
    else {
      // Those that the workers before this one get of the new clients come first.
      const newBefore = Math.max(0, before - clientsInAll);
      clients.grow(own, ratePerS, startMs + (newBefore / ratePerS) * 1000);
    }
    clientsInAll = total;
    clientsBefore = before;
    wakeUp();
  }

  /** @param elu known for a whole second only */
  function report(elu: number | null = null, connected = clients.open): void {
    const overdueBefore = overdue;
    overdue = sender.overdue(nowMs());
    recorder.counters.fallenBehind += overdue - overdueBefore;
    const interval = recorder.take(
      {
        worker,
        row,
        stage,
        connected,
        owed: conversation.owed,
        elu,
        lagMs,
        ...deps.garbageTime(),
        disorder: conversation.takeDisorder(),
        rooms: conversation.takeRooms(),
        routes: conversation.takeRoutes(),
        storm: clients.storm?.take() ?? null,
      },
      conversation.totals,
    );
    lagMs = 0;
    post({ type: 'interval', interval });
  }

  function startFlow(flow: Extract<WorkerCommand, { type: 'flow' }>): void {
    const { startMs, endMs, ratePerClientPerS = phase.messages.ratePerClientPerS } = flow;
    const { arrival } = phase.messages;
    const speakers = () => conversation.speakers(clients.wanted);
    const ratePerS = ratePerClientPerS * speakers();
    const isThere = (client: number) => isAmong(client, clientsInAll, phase.clients, workers, deal);
    conversation.begin(clientsInAll === phase.clients ? null : isThere);
    // Workers with constant gaps are set off against each other by a share of the gap.
    const offsetMs = ((worker + 0.5) / workers) * (1000 / ratePerS);
    sender.start({
      startMs,
      endMs,
      ratePerS,
      pacer: createPacer({ arrival, ratePerS, offsetMs }, arrivals),
      pick: arrival === 'poisson' ? pickAtRandom(speakers, arrivals) : pickInTurn(speakers),
    });
    moves?.start(startMs, Math.min(endMs, startMs + phase.durationMs));
    pump();
  }

  /** One alarm for all messages, set for the next one that is due. */
  function pump(): void {
    if (!running) return;
    const now = nowMs();
    const nextMs = sender.pump(now);
    // A burst was cut short: answers that have come meanwhile are read before the rest is sent.
    if (nextMs <= now) deps.after(0, pump);
    else if (nextMs < Number.POSITIVE_INFINITY) deps.at(nextMs, pump);
  }

  /** Those that come back during the hold read on: they have been away. */
  function forEachSlowReader(act: (connection: Connection) => void): void {
    slowReaders?.forEach((isSlow, client) => {
      if (isSlow === 1 && clients.isOpen(client)) act(clients.connection(client));
    });
  }

  function readOn(): void {
    forEachSlowReader((connection) => connection.resume());
  }

  /** What is due until now is still sent, as far as one burst goes. */
  function silence(): void {
    const now = nowMs();
    sender.pump(now);
    sender.stop(now);
    moves?.stop();
  }

  function sendNext(client: number, intendedMs: number): boolean {
    if (!clients.isOpen(client)) return false;
    conversation.send(client, clients.connection(client), clients.epoch(client), intendedMs);
    return true;
  }

  function startStorm(startMs: number, dropRatio: number): void {
    const dropped = dropRatio > 0 ? new Uint8Array(capacity) : null;
    const openClients = clients.open;
    storms.push({ startMs, endMs: Number.POSITIVE_INFINITY });
    const failover = places && createFailoverBook(places, startMs);
    clients.storm = createStorm(startMs, capacity, openClients, dropped, failover);
    if (dropped === null) return;
    // What the workers drop adds up to the share of all, as if the clients were dealt with in one row.
    const upTo = (count: number) => Math.round(count * dropRatio);
    const victims = openVictims(upTo(clientsBefore + openClients) - upTo(clientsBefore));
    for (const client of victims) dropped[client] = 1;
    for (const client of victims) clients.drop(client);
  }

  /** Connected clients, spread evenly over all of them. */
  function openVictims(count: number): number[] {
    const open: number[] = [];
    for (let client = 0; client < capacity; client++) if (clients.isOpen(client)) open.push(client);
    return open.filter(
      (_, i) => Math.floor(((i + 1) * count) / open.length) > Math.floor((i * count) / open.length),
    );
  }

  function close(): void {
    const connected = clients.open;
    silence();
    for (const { startMs, endMs } of storms) conversation.blame(startMs, endMs);
    conversation.finish();
    clients.grow(0, 0, 0);
    running = false;
    report(null, connected);
    post({ type: 'closed' });
  }
}

function connectOptionsOf(plan: WorkerPlan, client: number, turn: number): ConnectOptions {
  const { sources, urls } = plan;
  return optionsOf(plan, urls[destinationOf(sources, client)], sourceOf(sources, client, turn));
}

/** @param client its number among those of this worker */
function locatedOptionsOf(
  plan: WorkerPlan,
  places: Places,
  client: number,
  number: number,
  turn: number,
): ConnectOptions {
  const source = locatedSourceOf(plan.sources, number, turn, places.locationOf(client));
  return { ...optionsOf(plan, plan.urls[0], source), lookup: places.lookup(client) };
}

function optionsOf({ phase, ca }: WorkerPlan, url: string, { address, port }: Source): ConnectOptions {
  const { headers, subprotocol, insecure } = phase.handshake;
  return { url, headers, subprotocol, ca, insecure, sourceAddress: address, sourcePort: port };
}
