/**
 * Names what stopped a search: one resource, the side it is on, and the figures that say so. The causes are looked
 * at in this order: those of our own end first, since a limit of ours would pass for one of the server's; then what
 * moved in the system, which is proof; then what can be inferred from what clients saw.
 */

import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Limiter } from '../model/record.ts';
import type { NodeSample } from '../topology/sample.ts';
import { KERNEL_CAUSES, SERVER_CAUSES, SLOWNESS_CAUSES } from './limiter-system.ts';
import { closures, failures, inferred } from './limiter-words.ts';
import { type MessageEvidence, messageLimiter } from './message-causes.ts';
import type { Moved } from './witness/moved.ts';

/** What a level of a search showed. */
export interface StepEvidence {
  requested: number;
  established: number;
  /** Failed connects by cause. */
  failed: Record<string, number>;
  /** Connections that the server closed meanwhile, and with what code. */
  closed: number;
  closes: Record<string, number>;
  connectP99Ms: number | null;
  /** Connections that the server took in a second while the level was reached. */
  acceptedPerS: number | null;
  eluMax: number;
  server: NodeSample[];
  /** What moved in the system; null where nobody looked. */
  moved: Moved | null;
  /** What the messages were like; null where none flowed. */
  messages: MessageEvidence | null;
}

export interface Cause {
  applies: (evidence: StepEvidence) => boolean;
  name: (evidence: StepEvidence) => Limiter;
}

/** Close codes by which a server says that it has had enough: policy violation, try again later. */
const ENOUGH = ['1008', '1013'];

const failedWith =
  (...keys: string[]) =>
  ({ failed }: StepEvidence) =>
    keys.some((key) => (failed[key] ?? 0) > 0);

const OWN_CAUSES: Cause[] = [
  {
    applies: failedWith('EMFILE', 'ENFILE'),
    name: (e) => ({ resource: 'file descriptors', side: 'generator', evidence: failures(e) }),
  },
  {
    applies: failedWith('EADDRNOTAVAIL', 'EADDRINUSE'),
    name: (e) => ({ resource: 'ephemeral ports', side: 'generator', evidence: failures(e) }),
  },
  {
    applies: failedWith('ENOMEM', 'ENOBUFS'),
    name: (e) => ({ resource: 'memory', side: 'generator', evidence: failures(e) }),
  },
  {
    applies: ({ eluMax }) => eluMax > 0.9,
    name: ({ eluMax }) => ({
      resource: 'processor',
      side: 'generator',
      evidence: `a worker's event loop was ${formatRatio(eluMax)} busy`,
    }),
  },
  {
    applies: ({ messages }) => messages !== null && messages.generatorFault !== null,
    name: ({ messages }) => ({
      resource: 'processor',
      side: 'generator',
      evidence: messages?.generatorFault ?? '',
    }),
  },
];

const REFUSALS: Cause[] = [
  {
    applies: ({ failed }) => Object.keys(failed).some((key) => key.startsWith('HTTP_')),
    name: (e) => ({ resource: 'admission limit', side: 'server', evidence: failures(e) }),
  },
  {
    applies: ({ closes }) => ENOUGH.some((code) => (closes[code] ?? 0) > 0),
    name: (e) => ({ resource: 'admission limit', side: 'server', evidence: closures(e) }),
  },
];

/** What its clients saw of a server, where nothing moved that says more. */
const INFERENCES: Cause[] = [
  {
    applies: failedWith('TIMEOUT'),
    name: (e) => ({ resource: 'accept rate', side: 'server', evidence: inferred(e, failures(e)) }),
  },
  {
    applies: ({ failed }) => Object.keys(failed).length > 0,
    name: (e) => ({ resource: 'accept capacity', side: 'server', evidence: inferred(e, failures(e)) }),
  },
  {
    applies: ({ closed }) => closed > 0,
    name: (e) => ({ resource: 'connections kept open', side: 'server', evidence: inferred(e, closures(e)) }),
  },
  {
    applies: ({ connectP99Ms, established, requested, messages }) =>
      (connectP99Ms ?? 0) > 1000 || (messages === null && connectP99Ms !== null && established >= requested),
    name: (e) => ({
      resource: 'accept rate',
      side: 'server',
      evidence: inferred(e, `connects took ${formatMs(e.connectP99Ms ?? 0)} at p99`),
    }),
  },
];

const CAUSES = [
  ...OWN_CAUSES,
  ...KERNEL_CAUSES,
  ...SERVER_CAUSES,
  ...REFUSALS,
  ...SLOWNESS_CAUSES,
  ...INFERENCES,
];

/** What is said of a server that was just slow, where nothing tells why; and what tells why. */
const VAGUE = ['accept rate', 'message throughput', 'unknown'];
const SLOWNESS = ['processor', 'accept queue'];

/**
 * The limiter of a search, out of those at rising levels that failed: that of the lowest one, unless it is only known
 * that it was slow, and a higher one, where it was for longer, shows why.
 */
export function clearest(limiters: readonly Limiter[]): Limiter | null {
  const lowest = limiters[0] ?? null;
  if (lowest === null || !VAGUE.includes(lowest.resource)) return lowest;
  return limiters.find(({ resource }) => SLOWNESS.includes(resource)) ?? lowest;
}

export function nameLimiter(evidence: StepEvidence): Limiter {
  const cause = CAUSES.find(({ applies }) => applies(evidence));
  const { established, requested, messages, server } = evidence;
  return (
    cause?.name(evidence) ??
    messageLimiter(messages, server) ?? {
      resource: 'unknown',
      side: 'unknown',
      evidence: `${formatCount(established)} of ${formatCount(requested)} were connected when the time was over`,
    }
  );
}
