/**
 * Counters and tables of the kernel that tell why connections fail. They are of the whole network namespace or of the
 * machine: what others did meanwhile is in them, too, so a counter alone blames nobody.
 */

import { parseConntrackDrops, parseProtocolCounters } from '../../base/netstat.ts';
import { parseSockstat } from '../../base/proc.ts';
import { readText } from '../../base/read-text.ts';

/** Each by the name that the kernel's own tools show. */
const COUNTERS = [
  // A queue of connects that wait to be accepted was full; any reason for which a listener drops one.
  ...['TcpExt.ListenOverflows', 'TcpExt.ListenDrops'],
  // The queue of handshakes that are half open was full.
  ...['TcpExt.TCPReqQFullDrop', 'TcpExt.TCPReqQFullDoCookies'],
  // The memory of TCP was used up.
  ...['TcpExt.TCPAbortOnMemory', 'TcpExt.TCPMemoryPressures'],
  // What was not answered and was sent again: connects, and anything.
  ...['TcpExt.TCPSynRetrans', 'TcpExt.TCPTimeouts', 'Tcp.RetransSegs', 'Tcp.OutSegs'],
] as const;

export type CounterName = (typeof COUNTERS)[number] | 'conntrack.drop' | 'oom_kill';

export interface KernelReading {
  counters: Map<CounterName, number>;
  /** Connections that are followed, of as many as can be; null where none are. */
  conntrack: Used | null;
  /** Pages of the buffers of all TCP sockets, of as many as they may have. */
  tcpPages: Used | null;
  somaxconn: number | null;
}

interface Used {
  used: number;
  max: number;
}

export function readKernel(): KernelReading {
  const protocols = parseProtocolCounters(
    `${readText('/proc/net/netstat') ?? ''}${readText('/proc/net/snmp') ?? ''}`,
  );
  const counters = new Map<CounterName, number>();
  const put = (name: CounterName, value: number | null | undefined) => {
    if (value != null) counters.set(name, value);
  };
  for (const name of COUNTERS) put(name, protocols.get(name));
  put('conntrack.drop', parseConntrackDrops(readText('/proc/net/stat/nf_conntrack') ?? ''));
  put('oom_kill', numberIn(/^oom_kill (\d+)$/m, readText('/proc/vmstat')));

  const followed = readNumber('/proc/sys/net/netfilter/nf_conntrack_count');
  const followedMax = readNumber('/proc/sys/net/netfilter/nf_conntrack_max');
  const pages = parseSockstat(readText('/proc/net/sockstat') ?? '', null)?.bufferPages ?? null;
  const pagesMax = numberIn(/^\d+\s+\d+\s+(\d+)/, readText('/proc/sys/net/ipv4/tcp_mem'));
  return {
    counters,
    conntrack: usedOf(followed, followedMax),
    tcpPages: usedOf(pages, pagesMax),
    somaxconn: readNumber('/proc/sys/net/core/somaxconn'),
  };
}

/** By how much each counter has grown; those that have not are left out. */
export function growthOf(before: KernelReading, after: KernelReading): Map<CounterName, number> {
  const grown = Array.from(
    after.counters,
    ([name, value]) => [name, value - (before.counters.get(name) ?? value)] as const,
  );
  return new Map(grown.filter(([, growth]) => growth > 0));
}

function usedOf(used: number | null, max: number | null): Used | null {
  return used === null || max === null ? null : { used, max };
}

function readNumber(path: string): number | null {
  return numberIn(/^(\d+)/, readText(path));
}

function numberIn(pattern: RegExp, text: string | null): number | null {
  const match = pattern.exec(text ?? '');
  return match === null ? null : Number(match[1]);
}
