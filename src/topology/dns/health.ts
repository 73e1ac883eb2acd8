/**
 * Whether the nodes of the regions are fit, as those see it who ask them from outside: two failures in a row, and a
 * node is down; one success, and it is up again. A region is up as long as one of its nodes is.
 *
 * A check is not delayed by the network between regions, since who checks stands near each of them; where it did not,
 * a node would be found down later by less than a round trip.
 */

import { get } from 'node:http';

const FAILURES = 2;
const CHECK_TIMEOUT_MS = 2_000;

/** A region went down or came up. */
export interface Transition {
  region: number;
  isUp: boolean;
  atMs: number;
}

/** Asks a node; resolves with whether it is fit, and never rejects. */
export type Check = (address: string) => Promise<boolean>;

export interface HealthWatch {
  isUp(region: number): boolean;
  /** Those nodes of a region that are fit. */
  upIn(region: number): string[];
  /** Resolves when the region is up, at once if it is. */
  untilUp(region: number): Promise<void>;
  /** All so far, in their order. */
  transitions: readonly Transition[];
  stop(): void;
}

interface HealthDeps {
  check: Check;
  nowMs: () => number;
  after: (ms: number, callback: () => void) => void;
}

/**
 * Watches the nodes, all of which are taken to be up at first.
 *
 * @param nodes their addresses, by region
 * @param intervalMs from the beginning of one check of a node to that of the next
 */
export function watchHealth(
  nodes: readonly (readonly string[])[],
  intervalMs: number,
  { check, nowMs, after }: HealthDeps,
): HealthWatch {
  const failures = new Map(nodes.flat().map((node) => [node, 0]));
  const transitions: Transition[] = [];
  let waiting: { region: number; resolve: () => void }[] = [];
  let stopped = false;

  const isNodeUp = (node: string) => (failures.get(node) ?? 0) < FAILURES;
  const isUp = (region: number) => nodes[region].some(isNodeUp);

  async function look(node: string, region: number): Promise<void> {
    const startMs = nowMs();
    const isFit = await check(node);
    if (stopped) return;
    const wasUp = isUp(region);
    failures.set(node, isFit ? 0 : (failures.get(node) ?? 0) + 1);
    if (isUp(region) !== wasUp) turn(region, !wasUp);
    after(Math.max(0, startMs + intervalMs - nowMs()), () => void look(node, region));
  }

  function turn(region: number, isUp: boolean): void {
    transitions.push({ region, isUp, atMs: nowMs() });
    if (!isUp) return;
    for (const one of waiting) if (one.region === region) one.resolve();
    waiting = waiting.filter((one) => one.region !== region);
  }

  for (const [region, ofRegion] of nodes.entries()) {
    for (const node of ofRegion) after(intervalMs, () => void look(node, region));
  }

  return {
    isUp,
    upIn: (region) => nodes[region].filter(isNodeUp),
    untilUp: (region) =>
      isUp(region) ? Promise.resolve() : new Promise((resolve) => waiting.push({ region, resolve })),
    transitions,
    stop() {
      stopped = true;
    },
  };
}

/** Asks for `/health`: fit is what answers with 200 in time. */
export function checkOverHttp(port: number): Check {
  return (host) =>
    new Promise((resolve) => {
      const request = get(
        { host, port, path: '/health', agent: false, timeout: CHECK_TIMEOUT_MS },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', () => resolve(false));
    });
}
