/**
 * One phase, from its topology to its part of the record:
 *
 *     topology up → swarm up → ramp or search → hold → storms → drain → swarm and topology down → record
 *                              (after a ramp, the search for the highest rate)
 *                              or soak: (ramp → hold → drain → part → settle), again and again
 *
 * Whatever ends it early (a signal, a death, a target that does not answer), what was measured until then is kept.
 */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { judgeLeak } from './analysis/leak.ts';
import { judgeSeconds } from './analysis/validity.ts';
import type { Clock } from './base/clock.ts';
import { messageOf, WsscaleError } from './base/errors.ts';
import type { OsLimits } from './base/limits.ts';
import { createRandom } from './base/random.ts';
import { toLeak } from './collect/leak.ts';
import { createMemoryBook, type MemoryBook } from './collect/memory.ts';
import { toPhase } from './collect/phase.ts';
import { readProcessors, startProcessorMeter } from './collect/processor.ts';
import { createTally } from './collect/tally.ts';
import { startWitness } from './collect/witness/index.ts';
import { parseFault } from './model/faults.ts';
import type { PhasePlan, Plan } from './model/plan.ts';
import type { Phase, UnjudgedRow } from './model/record.ts';
import { DEFAULT_NODE_OPTIONS, type DeliveryOptions, type FaultOptions } from './server/options.ts';
import { PhaseOver, type StageContext, type StageResults, TargetLost } from './stage/context.ts';
import { drain, hold } from './stage/hold.ts';
import { ramp, rampInTurn } from './stage/ramp.ts';
import { searchRate } from './stage/search/rate.ts';
import type { JudgeSeconds } from './stage/search/trial-flow.ts';
import { search } from './stage/search.ts';
import { soak } from './stage/soak.ts';
import { storm } from './stage/storm.ts';
import { sweep } from './stage/sweep.ts';
import { letServerCollect, weigh, weighAfter } from './stage/weigh.ts';
import type { Filling } from './swarm/messages.ts';
import type { PlacesPlan } from './swarm/places.ts';
import { fillingOf, openSwarm, swarmSize } from './swarm/swarm.ts';
import { createTopology } from './topology/index.ts';
import { loadTransport } from './transport/index.ts';
import { probe } from './transport/probe.ts';
import { type Dealing, planLocatedSources, planSources } from './transport/sources.ts';
import { TAG_LIMIT } from './wire/envelope.ts';

/** Why a run ended before its plan was done. */
export type Ending =
  | { kind: 'signal'; reason: string }
  /** The target cannot be reached, or did not start. */
  | { kind: 'target'; reason: string }
  /** A worker, a host or the bundled server died unasked. */
  | { kind: 'death'; reason: string };

export interface PhaseDeps {
  clock: Clock;
  limits: OsLimits;
  /** Where the topology keeps the configurations that it makes; null: nowhere. */
  folder: string | null;
  /** Aborted by the user; its reason is the signal's name. */
  signal: AbortSignal;
  /** Called each second with the last one that is complete. */
  onSecond: (phase: PhasePlan, second: UnjudgedRow) => void;
}

/** What a phase measured; null if it did not come to measuring. */
export interface PhaseOutcome {
  phase: Phase | null;
  ending: Ending | null;
}

/** Workers that are filled in turn keep few nodes busy at a time, not all of them with a client each. */
const DEALING: Record<Filling, Dealing> = { together: 'one by one', 'in turn': 'in blocks' };
const RAMPS: Record<Filling, typeof ramp> = { together: ramp, 'in turn': rampInTurn };
const SAMPLE_MS = 1000;
const LAST_ANSWERS_MS = 1000;

export async function runPhase(run: Plan, plan: PhasePlan, deps: PhaseDeps): Promise<PhaseOutcome> {
  const topology = createTopology(plan.topology, {
    clock: deps.clock,
    seed: run.seed,
    node: {
      faults: faultsOf(run, plan),
      heartbeatMs: plan.service.heartbeatMs,
      delivery: deliveryOf(plan),
      direct: plan.messages.mode === 'direct' ? DEFAULT_NODE_OPTIONS.direct : null,
    },
    ...(deps.folder === null ? {} : { folder: deps.folder }),
    ...(plan.soak?.pid == null ? {} : { targetPid: plan.soak.pid }),
  });
  try {
    const { urls: bases, nodes, places = null } = await topology.up();
    const urls = bases.map((url) => addressOf(plan, url));
    const transport = await loadTransport(plan.transport);
    // A server of ours that was asked for faults listens, but may have one for whoever asks.
    if (plan.faults.length === 0) {
      // The name of the regions is known to their own DNS only.
      const url = places === null ? urls[0] : addressOf(plan, nodes[0].url);
      await probe(transport, connectOptions(plan, url), plan.handshake.timeoutMs);
    }
    return await measure(run, plan, deps, topology, { urls, places, nodes: nodes.length });
  } catch (error) {
    if (isTargetError(error)) {
      return { phase: null, ending: { kind: 'target', reason: error.message } };
    }
    throw error;
  } finally {
    await topology.down();
  }
}

/** Faults have draws of their own in each phase. */
function faultsOf({ seed }: Plan, { name, faults }: PhasePlan): FaultOptions | null {
  if (faults.length === 0) return null;
  const ofPhase = Math.floor(createRandom(seed, name, 'faults')() * 2 ** 31);
  return { plans: faults.map(parseFault), seed: ofPhase };
}

function deliveryOf({ service: { batch, audience } }: PhasePlan): DeliveryOptions {
  return { ...DEFAULT_NODE_OPTIONS.delivery, batch, audience };
}

function isTargetError(error: unknown): error is WsscaleError {
  return error instanceof WsscaleError && error.code === 'TARGET';
}

async function measure(
  run: Plan,
  plan: PhasePlan,
  deps: PhaseDeps,
  topology: StageContext['topology'],
  { urls, places, nodes }: { urls: string[]; places: PlacesPlan | null; nodes: number },
): Promise<PhaseOutcome> {
  const { clock, limits, signal } = deps;
  const over = new AbortController();
  let ending: Ending | null = null;
  const end = (next: Ending) => {
    ending ??= next;
    over.abort(ending.reason);
  };
  if (signal.aborted) end({ kind: 'signal', reason: String(signal.reason) });
  const stop = () => end({ kind: 'signal', reason: String(signal.reason) });
  signal.addEventListener('abort', stop);
  void topology.died.then(({ role, exitCode, signal: by }) =>
    end({ kind: 'death', reason: `the bundled server's ${role} died (${by ?? `status ${exitCode}`})` }),
  );

  const size = swarmSize(plan.clients, run.workers, limits);
  const filling = fillingOf(size);
  const tally = createTally(size.workers);
  const swarm = await openSwarm({
    phase: plan,
    workers: run.workers,
    limits,
    base: {
      seed: run.seed,
      tag: Math.floor(createRandom(run.seed, plan.name, 'tag')() * TAG_LIMIT),
      phase: plan,
      urls,
      sources:
        places === null
          ? planSources(urls, plan.clients, isBalanced(plan), DEALING[filling], limits, isStormy(plan))
          : planLocatedSources(places.locations, plan.clients, limits),
      places,
      filling,
      ca: readCa(plan),
    },
    listener: {
      interval: tally.addInterval,
      process: tally.addProcess,
      died: (reason) => end({ kind: 'death', reason }),
    },
  });
  const startedMs = clock.nowMs();
  const startedAt = clock.wallTime().toISOString();
  const sampling = startSampling({ topology, tally, clock }, startedMs, (second) =>
    deps.onSecond(plan, second),
  );
  const serverPids = () => tally.server?.last.filter(({ alive }) => alive).map(({ pid }) => pid) ?? null;
  const processors = startProcessorMeter({
    clock,
    originMs: startedMs,
    read: () => readProcessors(clock, [process.pid, ...swarm.pids], serverPids() ?? []),
    onSecond: tally.addProcessor,
  });
  swarm.tell({ type: 'begin', originMs: startedMs });
  const memory = createMemoryBook({
    nowMs: () => clock.nowMs() - startedMs,
    generatorPids: swarm.pids,
    serverPids,
  });

  const results: StageResults = {
    ...{ ceiling: null, rateCeiling: null, soak: null, endedEarly: null },
    ...{ herds: [], failovers: [], swept: null, unusedMs: [] },
  };
  const judge = (rows: UnjudgedRow[]) =>
    judgeSeconds(rows, availableParallelism(), new Set(results.unusedMs));
  const isSearch = plan.ceiling || plan.rateCeiling;
  const witness = isSearch
    ? await startWitness({
        ...{ clock, urls, generatorPids: [process.pid, ...swarm.pids] },
        samples: () => tally.server?.last ?? null,
      })
    : null;
  let durationMs: number;
  try {
    await sampling.begun;
    await memory.take('before', 0);
    const context = { plan, swarm, filling, tally, topology, witness, clock, results };
    await runStages({ ...context, originMs: startedMs, over: over.signal }, memory, judge);
  } catch (error) {
    results.endedEarly = messageOf(error);
    if (error instanceof TargetLost) end({ kind: 'death', reason: error.message });
    // A server that was broken on purpose and does not start again: what was measured before stands.
    else if (isTargetError(error)) end({ kind: 'target', reason: error.message });
    else if (!(error instanceof PhaseOver)) throw error;
    await settle(swarm, clock);
  } finally {
    witness?.stop();
    processors.stop();
    await sampling.stop();
    await swarm.close();
    durationMs = clock.nowMs() - startedMs;
  }
  const busMessages = (await topology.busMessages?.()) ?? null;
  if (ending === null) await weighAfter(memory, clock, over.signal);
  // A run of many phases has one signal.
  signal.removeEventListener('abort', stop);
  const { soak: soaked, ...found } = results;
  const phase = toPhase(
    {
      plan,
      urls,
      nodes,
      startedAt,
      durationMs,
      hosts: swarm.hosts,
      scheduling: swarm.scheduling,
      workers: swarm.workers,
      atEnd: tally.connected(),
      memory: memory.readings,
      busMessages,
      leak: soaked && toLeak(soaked, judgeLeak),
      ...found,
    },
    tally,
    judge,
  );
  return { phase, ending };
}

/** What is known is put into the results as soon as it is known: a later stage may not come to its end. */
async function runStages(context: StageContext, memory: MemoryBook, judge: JudgeSeconds): Promise<void> {
  const { plan, tally, results } = context;
  if (plan.soak !== null) return soak(context, plan.soak.cycles, RAMPS[context.filling]);
  if (plan.ceiling) results.ceiling = await search(context, judge);
  else results.endedEarly = await RAMPS[context.filling](context);
  if (tally.connected() === 0) return;
  await weigh(context, memory, 'connected');
  await letServerCollect(context);
  if (plan.rateCeiling && results.endedEarly === null) results.rateCeiling = await searchRate(context, judge);
  await hold(context, () => weigh(context, memory, 'settled'));
  for (const herd of plan.herds) results.herds.push(await storm(context, herd));
  if (plan.sweep.length > 0) await sweep(context);
  await drain(context);
}

/** After an early end: what is on its way may still arrive, for a moment. */
async function settle(swarm: StageContext['swarm'], clock: Clock): Promise<void> {
  swarm.tell({ type: 'quiet' });
  const drained = swarm.ask({ type: 'drain', untilMs: clock.nowMs() + LAST_ANSWERS_MS }, 'drained');
  await Promise.race([drained, delay(2 * LAST_ANSWERS_MS)]);
}

/** Samples the server and reports progress, in the middle of each second of the phase. */
function startSampling(
  { topology, tally, clock }: Pick<StageContext, 'topology' | 'tally' | 'clock'>,
  originMs: number,
  onSecond: (second: UnjudgedRow) => void,
): { begun: Promise<void>; stop: () => Promise<void> } {
  const sample = async () => {
    const samples = await topology.sample();
    if (samples !== null) tally.addServer(samples, Math.floor((clock.nowMs() - originMs) / SAMPLE_MS));
  };
  const begun = sample();
  let last = begun;
  let timer = setTimeout(tick, SAMPLE_MS / 2);
  let toldMs = -1;

  function tick(): void {
    const sinceMs = (clock.nowMs() - originMs) % SAMPLE_MS;
    timer = setTimeout(tick, 1.5 * SAMPLE_MS - sinceMs);
    last = last.then(sample);
    const second = tally.lastSecond();
    if (second === null || second.tMs <= toldMs) return;
    toldMs = second.tMs;
    onSecond(second);
  }

  return {
    begun,
    async stop() {
      clearTimeout(timer);
      await last;
      await sample();
    },
  };
}

function isStormy({ herds, sweep }: PhasePlan): boolean {
  return herds.length > 0 || sweep.length > 0;
}

/** A balancer may go by the address that a client comes from. */
function isBalanced({ topology }: PhasePlan): boolean {
  return topology.kind === 'cluster' && topology.balancer !== 'none';
}

/** A server of ours has each service at a path of its own; a target is taken at its word. */
function addressOf({ topology, messages }: PhasePlan, url: string): string {
  const path = { echo: null, broadcast: '/rooms', direct: '/direct' }[messages.mode];
  return topology.kind === 'target' || path === null ? url : new URL(path, url).href;
}

function connectOptions(plan: PhasePlan, url: string) {
  const { headers, subprotocol, insecure } = plan.handshake;
  return { url, headers, subprotocol, insecure, ca: readCa(plan), sourceAddress: null, sourcePort: null };
}

function readCa({ handshake }: PhasePlan): string | null {
  if (handshake.caFile === null) return null;
  try {
    return readFileSync(handshake.caFile, 'utf8');
  } catch (error) {
    throw new WsscaleError('USAGE', `--ca ${handshake.caFile} cannot be read: ${messageOf(error)}`);
  }
}
