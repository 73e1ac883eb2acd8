/** How a process comes to more descriptors on Linux, and what to do where it cannot. */

import { RESERVED_DESCRIPTORS } from '../../base/limits.ts';
import { formatCount } from '../../base/units.ts';
import type { Readings } from '../readings.ts';
import { advice, command, file, LIMITS_FILE, type Remedy, UNIT_FILE } from './remedy.ts';
import { engineOf, SYSCTL_FILE, sysctlCommand } from './sysctl.ts';

/** Enough for a million connections, and what the kernel allows a process unless it is told otherwise. */
const MANY = 1_048_576;

export function liftOpenFiles(readings: Readings): Remedy[] {
  return [
    ...atHand(readings, MANY),
    moreProcesses(readings),
    ...(readings.container === null ? outside(readings, MANY) : inContainer(readings, MANY)),
    // Nobody may have more than this says, and what asks for more is given nothing.
    ...(readings.nofileMax !== null && readings.nofileMax < MANY
      ? [file('root, for good', SYSCTL_FILE, `fs.nr_open = ${MANY}`)]
      : []),
  ];
}

/** The one command that gives a process so many; null where nothing that can be typed here does. */
export function openFilesCommand(readings: Readings, wanted: number): string | null {
  const { limits, rights, nofileMax, container } = readings;
  const raise = `ulimit -n ${wanted}`;
  if (limits.nofileHard === null || wanted <= limits.nofileHard) return raise;
  const isBeyondKernel = nofileMax !== null && wanted > nofileMax;
  if (rights.mayRaiseOpenFiles) {
    return isBeyondKernel ? `${sysctlCommand(readings, 'fs.nr_open', wanted)} && ${raise}` : raise;
  }
  if (container === 'kubernetes') return null;
  if (container !== null) return `${engineOf(container)} run --ulimit nofile=${wanted}:${wanted} …`;
  // Root that may not is a root without its rights, and `sudo` gives it none.
  if (rights.isRoot) return null;
  const limit = `sudo prlimit --pid $$ --nofile=${wanted}:${wanted}`;
  return isBeyondKernel ? `${sysctlCommand(readings, 'fs.nr_open', wanted)} && ${limit}` : limit;
}

function atHand({ limits: { nofileSoft, nofileHard }, nofileMax }: Readings, wanted: number): Remedy[] {
  if (nofileSoft === null || nofileHard === null || nofileSoft >= nofileHard) return [];
  return [command('without root', `ulimit -n ${Math.min(wanted, nofileHard, nofileMax ?? wanted)}`)];
}

/** What always helps, and all that does where the limit stands. */
function moreProcesses({ limits: { nofileSoft } }: Readings): Remedy {
  const each = formatCount(Math.max(1, (nofileSoft ?? 1024) - RESERVED_DESCRIPTORS));
  return advice(
    'without root',
    `more processes, each of which holds ${each}: the generator takes as many as it needs; the bundled server as many ` +
      'nodes as you say, `--phases cluster --balancer none --nodes <n>`',
  );
}

function outside(readings: Readings, wanted: number): Remedy[] {
  const { rights } = readings;
  const typed = openFilesCommand(readings, wanted);
  const stands = advice(
    'root, now',
    'this process may not raise it: it runs as root, but without CAP_SYS_RESOURCE',
  );
  return [
    typed === null ? stands : command('root, now', typed),
    file(
      'root, for good',
      LIMITS_FILE,
      // A star is everybody but root.
      `* - nofile ${wanted}${rights.isRoot ? `\nroot - nofile ${wanted}` : ''}`,
    ),
    file('a service', UNIT_FILE, `[Service]\nLimitNOFILE=${wanted}`),
  ];
}

function inContainer(readings: Readings, wanted: number): Remedy[] {
  const { container, rights } = readings;
  const typed = rights.mayRaiseOpenFiles ? openFilesCommand(readings, wanted) : null;
  return [
    typed === null
      ? advice('root, now', 'it cannot be raised from in here: CAP_SYS_RESOURCE is missing')
      : command('root, now', typed),
    container === 'kubernetes'
      ? // A pod's own specification has no field for it.
        file(
          'a container',
          'on its node: /etc/systemd/system/containerd.service.d/limits.conf',
          `[Service]\nLimitNOFILE=${wanted}`,
        )
      : command('a container', `${engineOf(container)} run --ulimit nofile=${wanted}:${wanted} …`),
  ];
}
