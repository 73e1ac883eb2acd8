/**
 * Faults that the reference server can be asked to have, as people write them: `drop:share=0.01`,
 * `delay:by=5ms,slow=80ms,share=0.1`. They are there to see whether they are found: each is counted by the server as
 * it happens.
 */

import { parseDurationMs } from '../base/units.ts';

/** What a parameter is: a share from 0 to 1, a whole number from 1 up, a time, bytes, a factor, or a code. */
type Kind = 'share' | 'count' | 'time' | 'bytes' | 'number' | 'status' | 'code';

export interface Parameter {
  kind: Kind;
  /** In the parameter's own unit: ms of a time. Undefined: it must be said. */
  fallback: number | undefined;
}

interface FaultKind {
  help: string;
  /** Where the report shows it. */
  shows: string;
  parameters: Record<string, Parameter>;
}

const share = { kind: 'share', fallback: undefined } as const;

/** The faults by name. Of messages: those to clients, one by one. Of connections: the WebSocket connections. */
export const FAULTS = {
  drop: {
    help: 'a message is not sent',
    shows: '`ordering.missing`; in rooms `roomOrdering.missing`',
    parameters: { share },
  },
  duplicate: {
    help: 'a message is sent twice',
    shows: '`ordering.duplicates`; in rooms `roomOrdering.duplicates`',
    parameters: { share },
  },
  reorder: {
    help: 'a message is held until `by` later ones have left to the same client, or for `patience`',
    shows:
      '`ordering.reordered`, with `maxExtent` at least `by` unless patience ended sooner; in rooms `roomOrdering.reordered`',
    parameters: {
      share,
      by: { kind: 'count', fallback: 1 },
      patience: { kind: 'time', fallback: 2000 },
    },
  },
  delay: {
    help: 'a message is held for `by`, a `share` of them for `slow` instead; with a `tail`, for by · u^(−1/tail), a Pareto distribution. Nobody overtakes: who waits behind a slow one waits as long',
    shows: '`latency.serviceMs`, held against `server.imposedDelayMs`',
    parameters: {
      by: { kind: 'time', fallback: undefined },
      share: { kind: 'share', fallback: 0 },
      slow: { kind: 'time', fallback: 0 },
      tail: { kind: 'number', fallback: 0 },
    },
  },
  stall: {
    help: 'the whole process stands still `for` a time when a message comes, `every` so often',
    shows: '`latency.serviceMs`: one answer at least that took the whole stall',
    parameters: { for: { kind: 'time', fallback: undefined }, every: { kind: 'time', fallback: 5000 } },
  },
  'slow-accept': {
    help: 'a handshake is answered `by` later',
    shows: '`connect.latencyMs`',
    parameters: { by: { kind: 'time', fallback: undefined }, share: { kind: 'share', fallback: 1 } },
  },
  'accept-rate': {
    help: 'so many connections are accepted a second, each while the whole process stands still, and no more; up to `backlog` others wait in the kernel',
    shows:
      '`connect.peakPerS`; beyond the backlog, SYNs are dropped, and who gives up is in `connect.failed.TIMEOUT`',
    parameters: { perS: { kind: 'count', fallback: undefined }, backlog: { kind: 'count', fallback: 511 } },
  },
  refuse: {
    help: 'a handshake is answered with an HTTP `status`',
    shows: '`connect.failed.HTTP_<status>`',
    parameters: { share, status: { kind: 'status', fallback: 503 } },
  },
  close: {
    help: 'in place of a message, the connection is closed with a `code`',
    shows: '`closes[code].count`; what was in flight is `ordering.missing`',
    parameters: { share, code: { kind: 'code', fallback: 1011 } },
  },
  reset: {
    help: 'in place of a message, the connection is reset (RST)',
    shows: '`closes[1006].count`; what was in flight is `ordering.missing`',
    parameters: { share },
  },
  silence: {
    help: 'from a message on, nothing more is sent or read on the connection, which stays open',
    shows: '`clients.unanswered`; all that was sent from then on is `ordering.missing`',
    parameters: { share },
  },
  truncate: {
    help: 'in the middle of a message, the connection ends',
    shows: '`closes[1006].count`; what was in flight is `ordering.missing`',
    parameters: { share },
  },
  'leak-memory': {
    help: 'of each connection that has ended, so many `bytes` are kept',
    shows: 'one for each connection that ended; the growth of the server, in a soak',
    parameters: { bytes: { kind: 'bytes', fallback: undefined } },
  },
  'leak-descriptor': {
    help: 'of a `share` of the connections that have ended, a descriptor stays open',
    shows: 'the growth of the server’s descriptors, in a soak',
    parameters: { share },
  },
  'reset-sequence': {
    help: 'the numbers of a room begin again, in another epoch, `after` so many messages',
    shows: '`roomOrdering.resets`: counted by each member that sees it',
    parameters: { after: { kind: 'count', fallback: undefined } },
  },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

/** A fault with all of its parameters. */
export type FaultPlan = {
  [Name in FaultName]: { kind: Name } & { [P in keyof (typeof FAULTS)[Name]['parameters']]: number };
}[FaultName];

/** The fault of one kind. */
export type Fault<Name extends FaultName> = Extract<FaultPlan, { kind: Name }>;

/** A time of a fault is not longer: a timer could not wait for it. */
const MAX_TIME_MS = 3_600_000;

/** The fault of a kind, if it is among them. */
export function findFault<Name extends FaultName>(
  faults: readonly FaultPlan[],
  kind: Name,
): Fault<Name> | null {
  return (faults.find((fault) => fault.kind === kind) as Fault<Name> | undefined) ?? null;
}

/**
 * Reads faults; of each kind there may be one.
 * @param complain told what is wrong with which of them; those are left out
 */
export function readFaults(
  texts: readonly string[],
  complain: (message: string, index: number) => void,
): FaultPlan[] {
  const faults: FaultPlan[] = [];
  texts.forEach((text, i) => {
    try {
      const fault = parseFault(text);
      if (findFault(faults, fault.kind) === null) faults.push(fault);
      else complain(`asks for ${fault.kind} a second time; of each kind there may be one`, i);
    } catch (error) {
      complain((error as RangeError).message, i);
    }
  });
  return faults;
}

/**
 * Reads a fault.
 * @throws RangeError with what is wrong and what would be right
 */
export function parseFault(text: string): FaultPlan {
  const [name, said = ''] = split(text, ':');
  if (!Object.hasOwn(FAULTS, name)) {
    throw new RangeError(`"${name}" is no fault; there are ${Object.keys(FAULTS).join(', ')}`);
  }
  const parameters: Record<string, Parameter> = FAULTS[name as FaultName].parameters;
  const values: Record<string, number> = {};
  for (const part of said.split(',').filter((part) => part !== '')) {
    const [key, value = ''] = split(part, '=');
    if (!Object.hasOwn(parameters, key)) {
      throw new RangeError(`${name} has no "${key}"; it has ${Object.keys(parameters).join(', ')}`);
    }
    if (key in values) throw new RangeError(`${name} says ${key} twice`);
    values[key] = parseValue(`${name}:${key}`, parameters[key].kind, value);
  }
  for (const [key, { fallback }] of Object.entries(parameters)) {
    if (fallback === undefined && !(key in values)) {
      throw new RangeError(`${name} needs ${key}=…, like ${exampleOf(name, key, parameters[key].kind)}`);
    }
    values[key] ??= fallback as number;
  }
  return { kind: name, ...values } as FaultPlan;
}

/** Writes a fault in full, so that `parseFault` gives it back. */
export function formatFault({ kind, ...values }: FaultPlan): string {
  const parameters: Record<string, Parameter> = FAULTS[kind].parameters;
  const said = Object.entries(values).map(([key, value]) =>
    parameters[key].kind === 'time' ? `${key}=${plain(value)}ms` : `${key}=${value}`,
  );
  return `${kind}:${said.join(',')}`;
}

/** Without an exponent, which a time may not have. */
function plain(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}

function split(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

function parseValue(where: string, kind: Kind, text: string): number {
  const value = kind === 'time' ? parseTime(where, text) : text === '' ? Number.NaN : Number(text);
  const fault = valueFault(kind, value);
  if (fault !== null) throw new RangeError(`${where} is "${text}"; ${fault}`);
  return value;
}

function parseTime(where: string, text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new RangeError(`${where}: ${(error as RangeError).message}`);
  }
}

function valueFault(kind: Kind, value: number): string | null {
  const isWhole = Number.isSafeInteger(value);
  switch (kind) {
    case 'share':
      return value >= 0 && value <= 1 ? null : 'a share is from 0 to 1';
    case 'count':
    case 'bytes':
      return isWhole && value >= 1 ? null : 'it must be a whole number from 1 up';
    case 'time':
      return value <= MAX_TIME_MS ? null : 'it must be at most 1h';
    case 'number':
      return value >= 0 && Number.isFinite(value) ? null : 'it must be a number from 0 up';
    case 'status':
      return isWhole && value >= 400 && value <= 599
        ? null
        : 'an HTTP status that refuses is from 400 to 599';
    case 'code':
      return isCloseCode(value)
        ? null
        : 'a server may close with 1000 to 1003, 1007 to 1014, or 3000 to 4999';
  }
}

/** RFC 6455, section 7.4: the codes that may stand in a close frame. */
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

const EXAMPLES: Record<Kind, string> = {
  share: '0.01',
  count: '3',
  time: '25ms',
  bytes: '100',
  number: '1.5',
  status: '503',
  code: '1011',
};

function exampleOf(name: string, key: string, kind: Kind): string {
  return `${name}:${key}=${EXAMPLES[kind]}`;
}
