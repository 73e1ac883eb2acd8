import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  parent: number;
  command: string;
}

/** All processes of the machine that can be read. */
function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(fields[1]), command }];
      } catch {
        return [];
      }
    });
}

export function childrenOf(pid: number): ProcessInfo[] {
  return listProcesses().filter(({ parent }) => parent === pid);
}

/** Resolves once none of the processes is there any more; polls, since the kernel has no event for strangers. */
export async function allGone(pids: number[], withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (performance.now() < untilMs) {
    const alive = new Set(listProcesses().map(({ pid }) => pid));
    if (!pids.some((pid) => alive.has(pid))) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

/** Its children, their children, and so on. */
export function descendantsOf(pid: number): ProcessInfo[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child.pid)]);
}
