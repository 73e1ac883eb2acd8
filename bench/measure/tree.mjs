/** Readings of /proc about a process and everything it started. */
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel tells processor time in hundredths of a second, whatever it counts in. */
const TICKS_PER_S = 100;

/**
 * A process's numbers.
 * @returns {{session: number, cpuS: number, reapedCpuS: number} | null} null if it has ended. `reapedCpuS` is the time
 *   of all children that have ended and been waited for, with theirs.
 */
function readStat(pid) {
  const text = read(pid, 'stat');
  if (text === null) return null;
  // The name, in brackets, may have blanks; what follows it is numbered from 3 on in proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number) => Number(fields[number - 3]);
  return {
    session: field(6),
    cpuS: (field(14) + field(15)) / TICKS_PER_S,
    reapedCpuS: (field(16) + field(17)) / TICKS_PER_S,
  };
}

/** Processor seconds of all children of this process that have ended, with all that they waited for. */
export function endedChildrenCpuS() {
  return readStat('self').reapedCpuS;
}

/** Processes of a session with their processor seconds and memory in MB: all that its leader started. */
export function readTree(session) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = readStat(pid);
      if (stat?.session !== session) return [];
      const memory = readMemory(pid);
      return memory === null ? [] : [{ pid: Number(pid), cpuS: stat.cpuS, ...memory }];
    });
}

function readMemory(pid) {
  const text = read(pid, 'smaps_rollup');
  if (text === null) return null;
  const mb = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
  const ownMb = mb('Pss_Anon') + mb('Pss_Shmem');
  return { pssMb: mb('Pss'), ownMb, fileMb: mb('Rss') - mb('Anonymous') };
}

/** TCP sockets of the whole machine, without those in TIME_WAIT. */
export function socketsInUse() {
  return Number(/^TCP: inuse (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))[1]);
}

export function commandLine(pid) {
  return (read(pid, 'cmdline') ?? '').split('\0').join(' ').trim();
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
