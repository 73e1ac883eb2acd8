/**
 * Plans one phase from its options, and finds what is wrong with them although each looks right by itself.
 */

import { formatBytes, formatMs, parseDurationMs } from '../base/units.ts';
import type { BackoffPlan } from '../model/backoff.ts';
import type { HerdPlan, MessagePlan, PhasePlan, SweepPlan, TopologyPlan } from '../model/plan.ts';
import { DEFAULT_NODE_OPTIONS } from '../server/options.ts';
import { ENVELOPE_MIN_BYTES } from '../wire/envelope.ts';
import { planDelivery, planLowPriority } from './delivery.ts';
import { planFaults } from './faults.ts';
import { planHandshake } from './handshake.ts';
import { planObjective, planSearch } from './objective.ts';
import type { Complain, Options } from './options.ts';
import { parseReconnect } from './reconnect.ts';
import { planSoak } from './soak.ts';
import { checkParts } from './topology.ts';
import { misfitOfTrigger } from './triggers.ts';
import { checkRegions } from './wan.ts';

/** The longest message that the generator takes: what it sends must be able to come back. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;

/**
 * The longest line that stands before a payload that is for others: a verb, the name of a room or a user, a priority, and
 * what parts them.
 */
const HEADER_BYTES = 4 + 64 + 4 + 1;

const DEFAULT_HERD = { shareRatio: 1, hold: '10s', observe: '60s' };

/** The plan of a phase. Where `complain` is called, the plan is not to be used. */
export function planPhase(
  name: string,
  topology: TopologyPlan,
  options: Options,
  baseline: string | null,
  complain: Complain,
): PhasePlan {
  checkParts(topology, complain);
  if (topology.kind === 'regions') checkRegions(topology, options, complain);
  const objective = planObjective(options, complain);
  return {
    name,
    topology,
    transport: options.transport,
    clients: options.clients,
    connectRatePerS: options.connectRate,
    handshake: planHandshake(topology, options, complain),
    messages: planMessages(topology, options, complain),
    service: {
      heartbeatMs: parseDurationMs(options.heartbeat) || null,
      ...planDelivery(topology, options, complain),
    },
    slowReadersRatio: options.slowReaders,
    movesRatioPerS: topology.kind === 'regions' && options.mode === 'direct' ? options.moves : 0,
    durationMs: parseDurationMs(options.duration),
    drainMs: parseDurationMs(options.drain),
    livenessMs: planLiveness(options, complain),
    reconnect: planReconnect(options, complain),
    ceiling: options.ceiling,
    rateCeiling: options.rateCeiling,
    objective,
    search: planSearch(options, objective, complain),
    herds: options.herds.map((herd, i) =>
      planHerd(topology, herd, (message) => complain('herds', message, i)),
    ),
    sweep: planSweep(options, complain),
    soak: planSoak(topology, options, complain),
    faults: planFaults(topology, options, complain),
    baseline,
  };
}

function planMessages(topology: TopologyPlan, options: Options, complain: Complain): MessagePlan {
  const { kind } = topology;
  const { mode, rooms, rate, size, payload, arrival, clients } = options;
  const least = ENVELOPE_MIN_BYTES[payload];
  if (size < least) {
    complain('size', `is ${size}; a ${payload} message needs ${least} bytes for its envelope alone`);
  }
  const taken = kind === 'target' ? MAX_MESSAGE_BYTES : DEFAULT_NODE_OPTIONS.maxPayloadBytes;
  const most = mode === 'echo' ? taken : taken - HEADER_BYTES;
  if (size > most) {
    const who = kind === 'target' ? 'wsscale' : 'the bundled server';
    complain('size', `is ${size}; ${who} takes messages of up to ${formatBytes(most)}`);
  }
  if (mode === 'broadcast' && rooms > clients) {
    complain(
      'rooms',
      `is ${rooms}, but there are ${clients} clients only; a room has at least its publisher`,
    );
  }
  if (mode === 'broadcast' && topology.kind === 'cluster' && topology.broker.kind === 'none') {
    complain('broker', 'is none, but the rooms of a broadcast need one that connects the nodes');
  }
  if (mode === 'direct') checkDirect(topology, complain);
  const roomLimit = DEFAULT_NODE_OPTIONS.rooms.rooms;
  if (mode === 'broadcast' && kind !== 'target' && rooms > roomLimit) {
    complain('rooms', `is ${rooms}; the bundled server has up to ${roomLimit}`);
  }
  // An echo has no rooms; that it was given some for all phases says nothing.
  return {
    mode,
    rooms: mode === 'broadcast' ? rooms : 1,
    ratePerClientPerS: rate,
    sizeBytes: size,
    payload,
    arrival,
    lowPriorityRatio: planLowPriority(topology, options),
  };
}

/** A message from user to user needs a way between all nodes. */
function checkDirect(topology: TopologyPlan, complain: Complain): void {
  if (topology.kind === 'edge') complain('mode', 'is direct, which an edge does not know');
  if (!('broker' in topology)) return;
  const { broker } = topology;
  if (broker.kind === 'none') {
    complain('broker', 'is none, but direct messages need one that connects the nodes');
  }
  if (broker.kind === 'redis' && broker.carrier === 'sharded') {
    complain('broker', 'is a Redis Cluster; direct messages go through the stream of a single Redis');
  }
}

function planReconnect({ reconnect }: Options, complain: Complain): BackoffPlan {
  try {
    return parseReconnect(reconnect);
  } catch (error) {
    complain('reconnect', (error as RangeError).message);
    return parseReconnect('none');
  }
}

function planLiveness({ liveness, slowReaders }: Options, complain: Complain): number | null {
  const livenessMs = parseDurationMs(liveness);
  if (livenessMs > 0 && slowReaders > 0) {
    complain('liveness', 'makes clients part who have heard nothing, and slow readers hear nothing');
  }
  return livenessMs > 0 ? livenessMs : null;
}

function planSweep({ sweep, herds }: Options, complain: Complain): SweepPlan {
  if (sweep.length > 0 && herds.length === 0) {
    complain(
      'sweep',
      'repeats herds with other policies, but there is no herd; give it one, like --herd drop',
    );
  }
  return sweep.map((policy, i) => {
    if (policy === 'auto') return policy;
    try {
      return parseReconnect(policy);
    } catch (error) {
      complain('sweep', (error as RangeError).message, i);
      return 'auto';
    }
  });
}

function planHerd(
  topology: TopologyPlan,
  herd: Options['herds'][number],
  complain: (message: string) => void,
): HerdPlan {
  const said = typeof herd === 'string' ? { trigger: herd } : herd;
  const holdMs = parseDurationMs(said.hold ?? DEFAULT_HERD.hold);
  const observeMs = parseDurationMs(said.observe ?? DEFAULT_HERD.observe);
  const misfit = misfitOfTrigger(topology, said.trigger);
  if (misfit !== null) complain(misfit);
  if (said.trigger !== 'drop' && said.share !== undefined) {
    complain(`${said.trigger} breaks all connections of a node; only drop has a share`);
  }
  if (observeMs === 0) complain('must be observed for longer than 0');
  else if (observeMs < holdMs) {
    const observed = `is observed for ${formatMs(observeMs)}`;
    complain(
      `${observed}, within which no client can stay for ${formatMs(holdMs)}; give it a longer observe`,
    );
  }
  return { trigger: said.trigger, shareRatio: said.share ?? DEFAULT_HERD.shareRatio, holdMs, observeMs };
}
