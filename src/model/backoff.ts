/**
 * Reconnect policies by name, and as people read them. The functions are built from these by `load/backoff`, in
 * whichever process needs one.
 */

import { z } from 'zod';
import { formatMs } from '../base/units.ts';

/** What policies are made of. */
const FORMULA_KINDS = [
  'none',
  'fixed',
  'exponential',
  'equal-jitter',
  'full-jitter',
  'decorrelated',
  'guide',
] as const;

/** What clients do whose library was left as it is. */
export const LIBRARY_KINDS = [
  'socket.io',
  'signalr',
  'phoenix',
  'centrifuge',
  'reconnecting-websocket',
  'actioncable',
  'graphql-ws',
] as const;

export const BACKOFF_KINDS = [...FORMULA_KINDS, ...LIBRARY_KINDS] as const;

export type BackoffKind = (typeof BACKOFF_KINDS)[number];
export type LibraryKind = (typeof LIBRARY_KINDS)[number];

interface Library {
  /** The package that the delays were read in, and its version. */
  source: string;
  /** The shortest delay and the longest one. */
  baseMs: number;
  capMs: number;
  /** How long a connection must last before the library counts anew; most do so as soon as it is there. */
  stableMs: number;
}

/** The libraries as they are where nobody configures them; `load/backoff/libraries.ts` has their delays. */
export const LIBRARIES: Record<LibraryKind, Library> = {
  'socket.io': { source: 'socket.io-client 4.8.4', baseMs: 500, capMs: 5000, stableMs: 0 },
  signalr: { source: '@microsoft/signalr 10.0.11', baseMs: 0, capMs: 30_000, stableMs: 0 },
  phoenix: { source: 'phoenix 1.8.16', baseMs: 10, capMs: 5000, stableMs: 0 },
  centrifuge: { source: 'centrifuge 5.8.0', baseMs: 500, capMs: 20_000, stableMs: 0 },
  'reconnecting-websocket': {
    source: 'reconnecting-websocket 4.4.0',
    baseMs: 1000,
    capMs: 10_000,
    stableMs: 5000,
  },
  actioncable: { source: '@rails/actioncable 8.1.400', baseMs: 6000, capMs: 28_000, stableMs: 0 },
  'graphql-ws': { source: 'graphql-ws 6.4.2', baseMs: 1300, capMs: 19_000, stableMs: 0 },
};

export const backoffPlanSchema = z.object({
  kind: z.enum(BACKOFF_KINDS),
  baseMs: z.number().nonnegative(),
  /** Delays of a library are cut to it. */
  capMs: z.number().nonnegative(),
  /** The first delay after a loss is drawn from U(0, firstMs); 0 leaves it to the policy. */
  firstMs: z.number().nonnegative(),
  /** A connection must have lasted so long before the attempts are counted from 0 again. */
  stableMs: z.number().nonnegative(),
});

/** A reconnect policy, resolved. */
export type BackoffPlan = z.infer<typeof backoffPlanSchema>;

export function isLibrary(kind: BackoffKind): kind is LibraryKind {
  return Object.hasOwn(LIBRARIES, kind);
}

/** Writes a policy in full, so that the scenario's `parseReconnect` gives it back. A library has a base of its own. */
export function formatBackoff({ kind, baseMs, capMs, firstMs, stableMs }: BackoffPlan): string {
  const base = isLibrary(kind) ? '' : `base=${baseMs}ms,`;
  return `${kind}:${base}cap=${capMs}ms,first=${firstMs}ms,stable=${stableMs}ms`;
}

/** A policy for people: `full jitter over 18.0 s`, `guide from 1.00 s to 30.0 s`, `socket.io`. */
export function backoffInWords({ kind, baseMs, capMs, firstMs }: BackoffPlan): string {
  const name = kind.endsWith('-jitter') ? kind.replace('-', ' ') : kind;
  if (kind === 'none') return 'none';
  if (firstMs > 0) return `${name} over ${formatMs(firstMs)}`;
  if (isLibrary(kind)) return name;
  return kind === 'fixed'
    ? `fixed ${formatMs(baseMs)}`
    : `${name} from ${formatMs(baseMs)} to ${formatMs(capMs)}`;
}
