/**
 * How a host gets a core when a message is due. An ordinary process that wakes may have to wait until the one that runs
 * has had its slice, which is 3 ms on Linux, whatever the priority of both: on two cores that it shares with a server, that
 * alone made one second in twenty too late to be believed. A process of the real-time class runs at once.
 *
 * That is only fair as long as the host cannot take all cores: what it measures has to run, too. And it has its price: a
 * write that wakes its reader on another core at once costs twice as much. So it is done only where the server is made of
 * several processes, which with the host are more than two cores can run at once.
 */

import { spawnSync } from 'node:child_process';
import type { TopologyPlan } from '../model/plan.ts';

/** From util-linux, which every Linux has. The system lets root do this, and nobody else. */
const CHRT = ['chrt', '--rr', '1'];

export type Scheduling = 'realtime' | 'ordinary';

/** How a swarm of so many workers, in all of its hosts, is scheduled on so many cores beside such a server. */
export function schedulingOf(
  { kind }: TopologyPlan,
  workers: number,
  cores: number,
  isAllowed: () => boolean = mayBeRealtime,
): Scheduling {
  const isCrowded = kind !== 'target' && kind !== 'single';
  return isCrowded && workers < cores && isAllowed() ? 'realtime' : 'ordinary';
}

/** The program that starts Node, and what it is told before the flags of Node itself. */
export function launcherOf(scheduling: Scheduling): { execPath: string; before: string[] } {
  if (scheduling === 'ordinary') return { execPath: process.execPath, before: [] };
  const [execPath, ...before] = CHRT;
  return { execPath, before: [...before, process.execPath] };
}

let known: boolean | null = null;

/** Tried once. */
function mayBeRealtime(): boolean {
  const [program, ...args] = CHRT;
  known ??=
    process.platform === 'linux' && spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0;
  return known;
}
