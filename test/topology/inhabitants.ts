import { readdirSync, readlinkSync } from 'node:fs';

/** Processes whose working directory is in a folder, whoever their parents are now: all that a test's parent started. */
export function inhabitants(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
}

/** Whether a process is there no more; one that ended and was not waited for counts as gone. */
export function isGone(pid: number): boolean {
  try {
    // The working directory of a zombie cannot be read.
    readlinkSync(`/proc/${pid}/cwd`);
    return false;
  } catch {
    return true;
  }
}

/** Resolves once it holds; the kernel has no event for the end of strangers, so they are looked at again and again. */
export async function eventually(holds: () => boolean, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
