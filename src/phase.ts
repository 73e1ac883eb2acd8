/**
 * One phase, from its topology to its part of the record:
 *
 *     topology up → swarm up → ramp or search → hold → storms → drain → swarm and topology down → record
 *
 * Whatever ends it early (a signal, a death, a target that does not answer), what was measured until then is kept.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { judgeSeconds } from './analysis/validity.ts';
import type { Clock } from './base/clock.ts';
import { messageOf, WsscaleError } from './base/errors.ts';
import type { OsLimits } from './base/limits.ts';
import { createRandom } from './base/random.ts';
import { toPhase } from './collect/phase.ts';
import { createTally } from './collect/tally.ts';
import type { PhasePlan, Plan } from './model/plan.ts';
import type { Phase, UnjudgedRow } from './model/record.ts';
import { PhaseOver, type StageContext, type StageResults, TargetLost } from './stage/context.ts';
import { drain, hold } from './stage/hold.ts';
import { ramp } from './stage/ramp.ts';
import { search } from './stage/search.ts';
import { storm } from './stage/storm.ts';
import { openSwarm, swarmSize } from './swarm/swarm.ts';
import { createTopology } from './topology/index.ts';
import { probe } from './transport/probe.ts';
import { sourceSpread } from './transport/source-addresses.ts';
import { wsTransport } from './transport/ws.ts';
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

const SAMPLE_MS = 1000;
const LAST_ANSWERS_MS = 1000;

export async function runPhase(run: Plan, plan: PhasePlan, deps: PhaseDeps): Promise<PhaseOutcome> {
  const topology = createTopology(plan.topology, {
    clock: deps.clock,
    ...(deps.folder === null ? {} : { folder: deps.folder }),
  });
  try {
    const { urls: bases, nodes } = await topology.up();
    const urls = bases.map((url) => addressOf(plan, url));
    await probe(wsTransport, connectOptions(plan, urls[0]), plan.handshake.timeoutMs);
    return await measure(run, plan, deps, topology, urls, nodes.length);
  } catch (error) {
    if (isTargetError(error)) {
      return { phase: null, ending: { kind: 'target', reason: error.message } };
    }
    throw error;
  } finally {
    await topology.down();
  }
}

function isTargetError(error: unknown): error is WsscaleError {
  return error instanceof WsscaleError && error.code === 'TARGET';
}

async function measure(
  run: Plan,
  plan: PhasePlan,
  deps: PhaseDeps,
  topology: StageContext['topology'],
  urls: string[],
  nodes: number,
): Promise<PhaseOutcome> {
  const { clock, limits, signal } = deps;
  const over = new AbortController();
  let ending: Ending | null = null;
  const end = (next: Ending) => {
    ending ??= next;
    over.abort(ending.reason);
  };
  if (signal.aborted) end({ kind: 'signal', reason: String(signal.reason) });
  signal.addEventListener('abort', () => end({ kind: 'signal', reason: String(signal.reason) }));
  void topology.died.then(({ role, exitCode, signal: by }) =>
    end({ kind: 'death', reason: `the bundled server's ${role} died (${by ?? `status ${exitCode}`})` }),
  );

  const tally = createTally(swarmSize(plan.clients, run.workers, limits).workers);
  const swarm = await openSwarm({
    phase: plan,
    workers: run.workers,
    limits,
    base: {
      seed: run.seed,
      tag: Math.floor(createRandom(run.seed, plan.name, 'tag')() * TAG_LIMIT),
      phase: plan,
      urls,
      sourceSpread: sourceSpread(urls, plan.clients, plan.topology.kind === 'cluster'),
      ca: readCa(plan),
    },
    listener: {
      interval: tally.addInterval,
      process: tally.addProcess,
      died: (reason) => end({ kind: 'death', reason }),
    },
  });
  const startedMs = clock.nowMs();
  const sampling = startSampling({ topology, tally, clock }, startedMs, (second) =>
    deps.onSecond(plan, second),
  );
  swarm.tell({ type: 'begin', originMs: startedMs });

  const results: StageResults = { ceiling: null, herds: [], endedEarly: null };
  try {
    await runStages({ plan, swarm, tally, topology, clock, originMs: startedMs, over: over.signal, results });
  } catch (error) {
    results.endedEarly = messageOf(error);
    if (error instanceof TargetLost) end({ kind: 'death', reason: error.message });
    // A server that was broken on purpose and does not start again: what was measured before stands.
    else if (isTargetError(error)) end({ kind: 'target', reason: error.message });
    else if (!(error instanceof PhaseOver)) throw error;
    await settle(swarm, clock);
  } finally {
    await sampling.stop();
    await swarm.close();
  }
  const phase = toPhase(
    {
      plan,
      urls,
      nodes,
      durationMs: clock.nowMs() - startedMs,
      hosts: swarm.hosts,
      workers: swarm.workers,
      atEnd: tally.connected(),
      ...results,
    },
    tally,
    judgeSeconds,
  );
  return { phase, ending };
}

/** What is known is put into the results as soon as it is known: a later stage may not come to its end. */
async function runStages(context: StageContext): Promise<void> {
  const { plan, tally, results } = context;
  if (plan.ceiling) results.ceiling = await search(context);
  else results.endedEarly = await ramp(context);
  if (tally.connected() === 0) return;
  await hold(context);
  for (const herd of plan.herds) results.herds.push(await storm(context, herd));
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
): { stop: () => Promise<void> } {
  const sample = async () => {
    const samples = await topology.sample();
    if (samples !== null) tally.addServer(samples, Math.floor((clock.nowMs() - originMs) / SAMPLE_MS));
  };
  let last = sample();
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
    async stop() {
      clearTimeout(timer);
      await last;
      await sample();
    },
  };
}

/** A server of ours has its rooms at a path of their own; a target is taken at its word. */
function addressOf({ topology, messages }: PhasePlan, url: string): string {
  return topology.kind !== 'target' && messages.mode === 'broadcast' ? new URL('/rooms', url).href : url;
}

function connectOptions(plan: PhasePlan, url: string) {
  const { headers, subprotocol, insecure } = plan.handshake;
  return { url, headers, subprotocol, insecure, ca: readCa(plan), sourceAddress: null };
}

function readCa({ handshake }: PhasePlan): string | null {
  if (handshake.caFile === null) return null;
  try {
    return readFileSync(handshake.caFile, 'utf8');
  } catch (error) {
    throw new WsscaleError('USAGE', `--ca ${handshake.caFile} cannot be read: ${messageOf(error)}`);
  }
}
