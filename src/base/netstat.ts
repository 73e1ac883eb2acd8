/**
 * What Linux tells of the network of this namespace, out of the texts of /proc/net and of `ss`. What a text does not
 * say is left out.
 */

/**
 * The texts of /proc/net/netstat and /proc/net/snmp: counters by their names, those of one protocol in two lines.
 *
 *     TcpExt: SyncookiesSent ListenOverflows …
 *     TcpExt: 0 17 …
 */
export function parseProtocolCounters(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [protocol, ...names] = lines[i].split(' ');
    const values = lines[i + 1].split(' ').slice(1);
    for (const [n, name] of names.entries())
      counters.set(`${protocol.slice(0, -1)}.${name}`, Number(values[n]));
  }
  return counters;
}

/**
 * The text of /proc/net/stat/nf_conntrack: hexadecimal, a line for each processor.
 *
 *     entries  clashres found … insert_failed drop early_drop …
 *     0000002a 00000000 …
 */
export function parseConntrackDrops(text: string): number | null {
  const [head = '', ...rows] = text.trim().split('\n');
  const column = head.trim().split(/\s+/).indexOf('drop');
  if (column < 0) return null;
  return rows.reduce((sum, row) => sum + Number.parseInt(row.trim().split(/\s+/)[column], 16), 0);
}

/** A socket that listens. */
export interface Listener {
  inode: number;
  port: number;
  /** As the kernel writes it: each four bytes as a number of the machine's, which is little-endian. */
  address: string;
  /** Connections that wait to be accepted. */
  waiting: number;
}

/**
 * The texts of /proc/net/tcp and /proc/net/tcp6, where the sockets that listen, whose state is 0A, come first:
 *
 *     sl: local_address remote_address state tx_queue:rx_queue tr:when retransmits uid timeout inode …
 */
export function parseListeners(text: string): Listener[] {
  const row =
    /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A [0-9A-F]+:([0-9A-F]+) \S+ \S+ +\d+ +\d+ (\d+)/gm;
  const listeners: Listener[] = [];
  for (const [, address, port, waiting, inode] of text.matchAll(row)) {
    listeners.push({
      inode: Number(inode),
      port: Number.parseInt(port, 16),
      address,
      waiting: Number.parseInt(waiting, 16),
    });
  }
  return listeners;
}

/** Whether a text has come to sockets that do not listen: no more that do will follow. */
export function hasOthers(text: string): boolean {
  return /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} (?!0A)[0-9A-F]{2} /m.test(text);
}

/** Whether a connect to this address and port may be the listener's: it may listen on all addresses. */
export function isListenerOf(listener: Listener, address: string, port: number): boolean {
  const isEverywhere = /^0+$/.test(listener.address);
  return listener.port === port && (isEverywhere || kernelForms(address).includes(listener.address));
}

/** An address as the kernel writes it; one of IPv4 may be listened on by a socket of IPv6. */
function kernelForms(address: string): string[] {
  if (!address.includes(':')) {
    const word = wordOf(address.split('.').map(Number));
    return [word, `0000000000000000${wordOf([0, 0, 255, 255])}${word}`];
  }
  const [head, tail = ''] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const missing = new Array(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const bytes = [...head, ...missing, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return [[0, 4, 8, 12].map((at) => wordOf(bytes.slice(at, at + 4))).join('')];
}

function wordOf(bytes: number[]): string {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).reverse();
  return hex.join('').toUpperCase();
}

/** What `ss` tells of sockets that listen on one port, all of them together. */
export interface AcceptQueue {
  /** Connections that may wait to be accepted, as the kernel took it. */
  backlog: number;
  /** Connects that were turned away since they listen: the queue was full, or there was no memory. */
  drops: number;
}

/**
 * What `ss -Htlnm 'sport = :<port>'` says: of each socket, a line that begins with its state and two queues, and one
 * with its memory, of which `d` is what it has dropped.
 */
export function parseAcceptQueue(text: string): AcceptQueue | null {
  const backlogs = Array.from(text.matchAll(/^LISTEN\s+\d+\s+(\d+)/gm), ([, backlog]) => Number(backlog));
  const drops = Array.from(text.matchAll(/skmem:\([^)]*\bd(\d+)\)/g), ([, count]) => Number(count));
  if (backlogs.length === 0 || drops.length !== backlogs.length) return null;
  const add = (sum: number, value: number) => sum + value;
  return { backlog: backlogs.reduce(add), drops: drops.reduce(add) };
}
