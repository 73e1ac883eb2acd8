/**
 * What the limits of a machine allow, in connections: each is one entry of the table below, a pure function of what
 * was read. The server is taken to be one process of the reference server on the same machine.
 */

import { connectionsPerProcess, type OsLimits, RESERVED_DESCRIPTORS } from '../base/limits.ts';
import { formatBytes, formatCount } from '../base/units.ts';

/** What the machine tells of itself. */
export interface Machine {
  limits: OsLimits;
  cores: number;
  memoryBytes: number;
  freeMemoryBytes: number;
}

interface LimitReport {
  name: string;
  /** As it stands, in words. */
  value: string;
  /** Connections that it allows; null where it is no limit of their number, or is not known. */
  connections: number | null;
  /** What it is a limit of. */
  means: string;
  /** The command that lifts it; null where none does. */
  command: string | null;
}

export interface Diagnosis {
  limits: LimitReport[];
  /** The limit that is reached first; null if nothing is known of any. */
  binding: LimitReport | null;
}

/** A connection has an end at the generator and one at the server. */
const DESCRIPTORS_PER_CONNECTION = 2;
/** Both ends with their kernel buffers: what `attack --dry-run` assumes, too. */
const BYTES_PER_CONNECTION = 15 * 1024;
const MANY = 1_048_576;

type Limit = (machine: Machine) => LimitReport;

const openFiles: Limit = ({ limits }) => {
  const { nofileSoft, nofileHard } = limits;
  const isAtHard = nofileSoft !== null && nofileHard !== null && nofileSoft >= nofileHard;
  return {
    name: 'open files of a process',
    value: `${shown(nofileSoft)} soft, ${shown(nofileHard)} hard`,
    connections: connectionsPerProcess(limits),
    means:
      `a server process holds that many, ${RESERVED_DESCRIPTORS} for itself left out; ` +
      'the generator takes more processes by itself',
    // Only root may raise the hard limit; the soft one goes up to it.
    command: isAtHard ? `sudo prlimit --pid $$ --nofile=${MANY}:${MANY}` : `ulimit -n ${nofileHard ?? MANY}`,
  };
};

const allOpenFiles: Limit = ({ limits: { fileMax } }) => ({
  name: 'open files of the machine',
  value: shown(fileMax),
  connections: fileMax === null ? null : Math.floor(fileMax / DESCRIPTORS_PER_CONNECTION),
  means: 'both ends of a connection that are on this machine count',
  command: `sudo sysctl -w fs.file-max=${4 * MANY}`,
});

const ports: Limit = ({ limits: { ephemeralPorts } }) => ({
  name: 'ephemeral ports',
  value: ephemeralPorts === null ? shown(null) : ephemeralPorts.join(' to '),
  connections: ephemeralPorts === null ? null : ephemeralPorts[1] - ephemeralPorts[0] + 1,
  means: 'to one target on another machine; on loopback clients have addresses enough',
  command: 'sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
});

const memory: Limit = ({ memoryBytes, freeMemoryBytes }) => ({
  name: 'free memory',
  value: `${formatBytes(freeMemoryBytes)} of ${formatBytes(memoryBytes)}`,
  connections: Math.floor(freeMemoryBytes / BYTES_PER_CONNECTION),
  means: `at ${formatBytes(BYTES_PER_CONNECTION)} for both ends of a connection, which a run measures`,
  command: null,
});

const acceptQueue: Limit = ({ limits: { somaxconn } }) => ({
  name: 'connects that wait',
  value: shown(somaxconn),
  connections: null,
  means: 'so many may come at once before a server accepts them; more are tried again a second later',
  command: 'sudo sysctl -w net.core.somaxconn=65535',
});

const synQueue: Limit = ({ limits: { tcpMaxSynBacklog } }) => ({
  name: 'connects half open',
  value: shown(tcpMaxSynBacklog),
  connections: null,
  means: 'so many handshakes may be under way at a server',
  command: 'sudo sysctl -w net.ipv4.tcp_max_syn_backlog=65535',
});

const cores: Limit = ({ cores: count }) => ({
  name: 'cores',
  value: formatCount(count),
  connections: null,
  means: 'generator and server share them; `doctor --calibrate` measures what the generator can do',
  command: null,
});

const LIMITS: Limit[] = [openFiles, allOpenFiles, ports, memory, acceptQueue, synQueue, cores];

export function diagnose(machine: Machine): Diagnosis {
  const limits = LIMITS.map((limit) => limit(machine));
  // Ports bind against targets elsewhere only, so they are told and not counted.
  const counted = limits.filter(
    ({ name, connections }) => connections !== null && name !== 'ephemeral ports',
  );
  const binding = counted.reduce<LimitReport | null>(
    (least, limit) => (least === null || (limit.connections ?? 0) < (least.connections ?? 0) ? limit : least),
    null,
  );
  return { limits, binding };
}

function shown(value: number | null): string {
  if (value === null) return 'not known';
  return value >= Number.MAX_SAFE_INTEGER ? 'unlimited' : formatCount(value);
}
