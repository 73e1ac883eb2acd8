/**
 * Reconnect policies as people write them: `full-jitter:base=1s,cap=30s,first=5s,stable=30s`, `socket.io`.
 */

import { parseDurationMs } from '../base/units.ts';
import { type BackoffKind, type BackoffPlan, isLibrary, LIBRARIES } from '../model/backoff.ts';

/** What holds where nothing is said: RFC 6455, section 7.2.3, suggests a first delay of 0 to 5 s. */
const DEFAULTS = { base: 1000, cap: 30_000, stable: 30_000 };
const DEFAULT_FIRST_MS = 5000;

/**
 * The policy of a text that the scenario's schema has let through. The first delay is random by default only
 * where the policy itself is full jitter; the others are measured as they are.
 * @throws RangeError if a time is none, a parameter is said twice or has no meaning, or the cap is below the base
 */
export function parseReconnect(text: string): BackoffPlan {
  const [kind, parameters] = text.split(':') as [BackoffKind, string | undefined];
  const said: Record<string, number> = {};
  for (const parameter of parameters?.split(',') ?? []) {
    const [name, time] = parameter.split('=');
    if (name in said) throw new RangeError(`says ${name} twice`);
    said[name] = parseDurationMs(time);
  }
  if (isLibrary(kind)) {
    if ('base' in said) {
      throw new RangeError(
        `gives ${kind} a base, but its delays are the library's; cap, first and stable can be said`,
      );
    }
    const { baseMs, capMs, stableMs } = LIBRARIES[kind];
    return {
      kind,
      baseMs,
      capMs: said.cap ?? capMs,
      firstMs: said.first ?? 0,
      stableMs: said.stable ?? stableMs,
    };
  }
  const first = kind === 'full-jitter' ? DEFAULT_FIRST_MS : 0;
  const { base, cap, first: firstMs, stable } = { ...DEFAULTS, first, ...said };
  if (cap < base)
    throw new RangeError(`has a cap below its base; give cap=${base}ms or more, or a smaller base`);
  return { kind, baseMs: base, capMs: cap, firstMs, stableMs: stable };
}
