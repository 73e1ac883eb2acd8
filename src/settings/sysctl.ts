/**
 * `sysctl.d/99-websocket.conf`: what the kernel of each machine, node or balancer, has to allow. Each value says from which
 * figure of the plan it is.
 */

import { formatBytes, formatCount } from '../base/units.ts';
import type { CapacityPlan } from '../capacity/capacity-plan.ts';
import { type Needs, needsOf, powerOfTwo } from './needs.ts';
import { SERVICE_PORT } from './places.ts';
import { commented } from './text.ts';

interface Setting {
  key: string;
  value: string;
  words: string;
  /** Where there is no such key, the rest is to be set all the same. */
  optional?: true;
}

/** What a kernel lets a process have at the most, unless it is told otherwise. */
const NR_OPEN = 2 ** 20;
/** From 1,024 on, ports need no privilege. */
const PORTS = [1024, 65_535] as const;
const PAGE_BYTES = 4096;
/** Of a node's memory, the most that buffers of sockets may have. */
const MAX_BUFFER_RATIO = 0.25;
/** Messages that wait for a slow reader in the kernel, before the server learns that it is slow. */
const MESSAGES_IN_BUFFER = 64;
const LEAST_BUFFER_BYTES = 65_536;
/** Linux's own least and first buffers, as its documentation has them. */
const FIRST_BUFFERS = { rmem: '4096 131072', wmem: '4096 16384' };

export function sysctlConf(plan: CapacityPlan): string {
  const needs = needsOf(plan);
  const head = commented(
    'Copy to /etc/sysctl.d/ on each node and balancer, then: sysctl --system. In Kubernetes it belongs on the machines; a pod has a network of its own, for which the kubelet has to allow net.core.somaxconn (--allowed-unsafe-sysctls).',
  );
  const settings = [
    ...files(plan, needs),
    ...queues(needs),
    ...ports(needs),
    ...memory(plan, needs),
    conntrack(needs),
  ];
  const lines = settings.map(
    ({ key, value, words, optional }) => `${commented(words)}\n${optional ? '-' : ''}${key} = ${value}\n`,
  );
  return `${head}\n\n${lines.join('\n')}`;
}

function files({ demand }: CapacityPlan, needs: Needs): Setting[] {
  const { descriptors } = demand.node;
  const most = Math.max(descriptors, 2 * needs.connectionsPerBalancer);
  return [
    {
      key: 'fs.file-max',
      value: String(Math.max(NR_OPEN, 2 * powerOfTwo(most))),
      words: `Open files of the whole machine: twice the ${formatCount(most)} that the service may have. systemd 240 and later lifts this bound at start, so that it is but a brake there.`,
    },
    ...(most <= NR_OPEN
      ? []
      : [
          {
            key: 'fs.nr_open',
            value: String(powerOfTwo(most)),
            words: `Open files of one process: no limit can be set above it, and ${formatCount(most)} are needed.`,
          },
        ]),
  ];
}

function queues({ backlog }: Needs): Setting[] {
  return [
    {
      key: 'net.core.somaxconn',
      value: String(backlog.value),
      words: `Connections that wait to be accepted: ${backlog.words}. The server has to ask for as many when it listens (Node asks for 511).`,
    },
    {
      key: 'net.ipv4.tcp_max_syn_backlog',
      value: String(backlog.value),
      words: 'Connections that are being opened: no fewer, or the queue behind never fills.',
    },
  ];
}

function ports({ connectionsAtWorst, balancers, sourceAddresses }: Needs): Setting[] {
  const perBalancer = Math.ceil(connectionsAtWorst / balancers);
  const [from, to] = PORTS;
  return [
    {
      key: 'net.ipv4.ip_local_port_range',
      value: `${from} ${to}`,
      words: `Ports that a balancer connects to a node from: ${formatCount(perBalancer)} at worst, of ${formatCount(to - from + 1)} for each address of its own${sourceAddresses > 1 ? `, of which nginx.conf uses ${sourceAddresses}` : ''}.`,
    },
    {
      key: 'net.ipv4.ip_local_reserved_ports',
      value: String(SERVICE_PORT),
      words: 'The range now contains the port of the service, which no connection may take from it.',
    },
  ];
}

function memory({ demand }: CapacityPlan, { connectionsAtWorst }: Needs): Setting[] {
  const { memoryBytes } = demand.node;
  // A page to read into and one to send from, of each connection that is busy.
  const used = 2 * connectionsAtWorst;
  const most = Math.floor((memoryBytes * MAX_BUFFER_RATIO) / PAGE_BYTES);
  const least = Math.min(used, Math.floor(most / 2));
  const buffer = Math.max(LEAST_BUFFER_BYTES, powerOfTwo(MESSAGES_IN_BUFFER * (demand.sizeBytes + 14)));
  return [
    {
      key: 'net.ipv4.tcp_mem',
      value: `${least} ${Math.floor((least + most) / 2)} ${most}`,
      words: `Buffers of all TCP connections in pages of 4 KB: free up to two pages for each of ${formatCount(connectionsAtWorst)} connections, at worst; ended at a quarter of ${formatBytes(memoryBytes)}.`,
    },
    {
      key: 'net.ipv4.tcp_rmem',
      value: `${FIRST_BUFFERS.rmem} ${Math.max(131_072, buffer)}`,
      words: `What a connection may buffer that the server has not read: ${MESSAGES_IN_BUFFER} messages of ${formatCount(demand.sizeBytes)} bytes, and no less than the kernel begins with.`,
    },
    {
      key: 'net.ipv4.tcp_wmem',
      value: `${FIRST_BUFFERS.wmem} ${buffer}`,
      words: `What a slow reader may keep in the kernel: ${MESSAGES_IN_BUFFER} messages, and no less than ${formatBytes(LEAST_BUFFER_BYTES)}. The kernel's own bound of 4 MB for each would be more than the memory.`,
    },
  ];
}

function conntrack({ connectionsAtWorst, connectionsPerBalancer }: Needs): Setting {
  const tracked = Math.max(connectionsAtWorst, 2 * connectionsPerBalancer);
  return {
    key: 'net.netfilter.nf_conntrack_max',
    value: String(Math.max(262_144, powerOfTwo(1.5 * tracked))),
    words: `Only where a firewall tracks connections: ${formatCount(tracked)} at worst, two for each user of a balancer, and half as many that have ended but are still remembered.`,
    optional: true,
  };
}
