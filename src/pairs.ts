/**
 * Two servers measured side by side: pairs of runs on one machine, in the order
 *
 *     base head, head base, base head, head base, …
 *
 * so that neither what the machine does meanwhile nor who is first favours one of them.
 */

import { attack, runId } from './attack.ts';
import { WsscaleError } from './base/errors.ts';
import type { Plan } from './model/plan.ts';
import type { RunRecord } from './model/record.ts';
import type { Ending } from './phase.ts';
import { startCommand } from './topology/command.ts';

/** What a side is: a server that is there, or a command that starts one for each run. */
export type Side =
  | { kind: 'url'; url: string }
  /** `url`: where it listens, if it does not announce that, or the path behind what it announces. */
  | { kind: 'command'; command: string; url: string | null };

type SideName = 'base' | 'head';

export interface PairRun {
  side: SideName;
  /** From 1. */
  pair: number;
  record: RunRecord;
}

export interface PairsOptions {
  /** Without its topology: each phase attacks the side. */
  plan: Plan;
  sides: Record<SideName, Side>;
  pairs: number;
  /** How it was asked for; it stands in the records. */
  command: string;
  signal: AbortSignal;
  /** Why a run does not count, and may be made again; null: it does. */
  faultOf: (record: RunRecord) => string | null;
  /** Called after each run, with why it does not count. */
  onRun: (run: PairRun, fault: string | null) => void;
}

export interface PairsOutcome {
  /** Those of a pair stand at the same place. */
  base: RunRecord[];
  head: RunRecord[];
  discarded: string[];
  /** Why there are fewer pairs than were asked for, or null. */
  ending: Ending | null;
}

/** Pairs that are made again, for each that is wanted: more say that this machine cannot do it. */
const SPARE_PAIRS = 2;

/**
 * Runs the pairs. One with a run that does not count is made again.
 *
 * @throws WsscaleError `TARGET` if a side cannot be reached or does not start
 */
export async function runPairs(options: PairsOptions): Promise<PairsOutcome> {
  const outcome: PairsOutcome = { base: [], head: [], discarded: [], ending: null };
  let spare = SPARE_PAIRS * options.pairs;
  while (outcome.base.length < options.pairs && spare >= 0) {
    const pair = outcome.base.length + 1;
    const order: SideName[] = pair % 2 === 1 ? ['base', 'head'] : ['head', 'base'];
    const records: Partial<Record<SideName, RunRecord>> = {};
    let fault: string | null = null;
    for (const side of order) {
      const { record, ending } = await runOne(options, side, pair);
      if (ending !== null) return { ...outcome, ending };
      fault = options.faultOf(record);
      records[side] = record;
      options.onRun({ side, pair, record }, fault);
      if (fault !== null) break;
    }
    const { base, head } = records;
    if (fault === null && base !== undefined && head !== undefined) {
      outcome.base.push(base);
      outcome.head.push(head);
    } else {
      spare--;
      outcome.discarded.push(`pair ${pair}: ${fault}`);
    }
  }
  return outcome;
}

async function runOne(
  { plan, sides, command, signal }: PairsOptions,
  name: SideName,
  pair: number,
): Promise<{ record: RunRecord; ending: Ending | null }> {
  const side = sides[name];
  const server =
    side.kind === 'url'
      ? { url: side.url, stop: async () => {} }
      : await startCommand(name, side.command, side.url);
  try {
    const { record, ending } = await attack(planOf(plan, server.url, pair), {
      ...{ id: `${runId(plan.name)}-${name}-${pair}`, command },
      // One of its own, since each run listens to it until it is gone.
      signal: AbortSignal.any([signal]),
    });
    if (ending?.kind === 'target') throw new WsscaleError('TARGET', `${name}: ${ending.reason}`);
    return { record, ending };
  } finally {
    await server.stop();
  }
}

/** Both runs of a pair draw the same, and no two pairs do. */
function planOf(plan: Plan, url: string, pair: number): Plan {
  const phases = plan.phases.map((phase) => ({ ...phase, topology: { kind: 'target' as const, url } }));
  return { ...plan, phases, seed: plan.seed + pair - 1, gate: [] };
}
