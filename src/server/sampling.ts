import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';
import { readLimits } from '../base/limits.ts';
import type { RoomCounters, ServerSample } from './control.ts';
import { type Counts, total } from './counts.ts';
import type { NodeFaults } from './faults/index.ts';
import { openDescriptors } from './own-process.ts';

/** How often the event loop is looked at: often enough for a second's percentile, cheap in an idle process. */
const RESOLUTION_MS = 20;

/**
 * Takes samples of this process. What a sample says of "since the last one" begins with this call.
 *
 * @param connections how many are open now
 * @param rooms null of a process that has no members of rooms
 * @param faults null of a process that was asked for none
 */
export function createSampler(
  role: string,
  clock: Clock,
  counts: Counts,
  connections: () => number,
  rooms: RoomCounters | null = counts.rooms,
  faults: Pick<NodeFaults, 'counts' | 'delays'> | null = null,
): () => ServerSample {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const maxDescriptors = readLimits().nofileSoft;
  let lastElu = performance.eventLoopUtilization();

  /** The monitor reports the whole time between two ticks, its own resolution in it; without a tick, nothing. */
  function takeLagMs(): number | null {
    const lagMs = delay.count === 0 ? null : Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
    delay.reset();
    return lagMs;
  }

  function takeElu(): number {
    const elu = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(elu, lastElu);
    lastElu = elu;
    return utilization;
  }

  return () => {
    const { user, system } = process.cpuUsage();
    return {
      role,
      pid: process.pid,
      alive: true,
      atMs: clock.nowMs(),
      cpuS: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      elu: takeElu(),
      eventLoopLagP99Ms: takeLagMs(),
      connections: connections(),
      opened: counts.opened,
      closed: total(counts.closed),
      rejected: total(counts.rejected),
      received: counts.received,
      sent: counts.sent,
      dropped: counts.dropped,
      rooms: rooms && { ...rooms },
      ...(rooms && { delivery: structuredClone(counts.delivery) }),
      faults: faults?.counts() ?? null,
      imposedDelayMs: faults?.delays() ?? null,
      ...(counts.heartbeat && { heartbeat: { ...counts.heartbeat } }),
      openDescriptors: openDescriptors(),
      maxDescriptors,
    };
  };
}
