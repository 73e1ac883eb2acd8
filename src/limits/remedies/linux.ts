/** What lifts each limit of a Linux machine. What needs no root comes first. */

import type { Readings } from '../readings.ts';
import { tightestTasks } from '../rooms.ts';
import type { LimitKey } from '../table.ts';
import { liftOpenFiles } from './open-files.ts';
import { moreAddresses } from './ports.ts';
import { advice, command, file, LIMITS_FILE, type Remedy, UNIT_FILE } from './remedy.ts';
import { engineOf, setSysctl } from './sysctl.ts';

/** For a million connections with both ends here, and what else a machine has open. */
const FILES = 4_194_304;
const ENTRIES = 2_097_152;
const QUEUE = 65_535;
const WIDE_RANGE = '1024 65535';

type Lift = (readings: Readings) => Remedy[];

export const ON_LINUX: Record<LimitKey, Lift> = {
  openFiles: liftOpenFiles,
  fileTable: (readings) => setSysctl(readings, 'fs.file-max', FILES, 'machine'),
  ports: (readings) => [
    moreAddresses(readings),
    ...setSysctl(readings, 'net.ipv4.ip_local_port_range', WIDE_RANGE, 'network'),
  ],
  memory: liftMemory,
  tasks: liftTasks,
  conntrack: (readings) => [
    ...setSysctl(readings, 'net.netfilter.nf_conntrack_max', ENTRIES, 'machine'),
    file('root, for good', '/etc/modprobe.d/conntrack.conf', `options nf_conntrack hashsize=${ENTRIES / 4}`),
  ],
  tcpBuffers: (readings) => {
    const max = 4 * (readings.tcpPages?.max ?? 0);
    return setSysctl(readings, 'net.ipv4.tcp_mem', `${max / 2} ${(max / 4) * 3} ${max}`, 'machine');
  },
  acceptQueue: (readings) => [
    advice(
      'without root',
      `let the server ask for more, \`server.listen({ backlog: ${QUEUE} })\`: Node asks for 511`,
    ),
    ...setSysctl(readings, 'net.core.somaxconn', QUEUE, 'network'),
  ],
  synQueue: (readings) => setSysctl(readings, 'net.ipv4.tcp_max_syn_backlog', QUEUE, 'network'),
  mappings: (readings) => setSysctl(readings, 'vm.max_map_count', 1_048_576, 'machine'),
  cpu: liftCpu,
  swap: () => [],
};

function liftMemory({ memory: { group, availableBytes }, container }: Readings): Remedy[] {
  const fewer = advice('without root', 'fewer connections here, and the rest on other machines');
  // The group may have room enough, and the machine none.
  if (group === null || group.maxBytes - group.usedBytes > availableBytes) return [fewer];
  return [
    fewer,
    ...(container === null
      ? [file('a service', UNIT_FILE, '[Service]\nMemoryMax=infinity')]
      : container === 'kubernetes'
        ? [file('a container', 'the pod: resources.limits', 'memory: <more>')]
        : [command('a container', `${engineOf(container)} run --memory <more> …`)]),
  ];
}

function liftTasks(readings: Readings): Remedy[] {
  const { container } = readings;
  switch (tightestTasks(readings)?.name) {
    case 'threads-max':
      return setSysctl(readings, 'kernel.threads-max', FILES, 'machine');
    case 'pid_max':
      return setSysctl(readings, 'kernel.pid_max', FILES, 'machine');
    case 'nproc':
      return [
        file('root, for good', LIMITS_FILE, '* - nproc unlimited'),
        file('a service', UNIT_FILE, '[Service]\nLimitNPROC=infinity'),
      ];
    case 'pids.max':
      if (container === null) return [file('a service', UNIT_FILE, '[Service]\nTasksMax=infinity')];
      return container === 'kubernetes'
        ? [file('a container', "on its node: the kubelet's configuration", 'podPidsLimit: -1')]
        : [command('a container', `${engineOf(container)} run --pids-limit -1 …`)];
    default:
      return [];
  }
}

function liftCpu({ cpu: { quotaCores, cores }, container }: Readings): Remedy[] {
  if (quotaCores === null) return [];
  if (container === null) return [file('a service', UNIT_FILE, '[Service]\nCPUQuota=')];
  return container === 'kubernetes'
    ? [file('a container', 'the pod: resources.limits', `cpu: "${cores}"`)]
    : [command('a container', `${engineOf(container)} run --cpus ${cores} …`)];
}
