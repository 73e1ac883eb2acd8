/**
 * Who listens where a target is, if that is this machine: its process shows what limits it, which nobody else's does.
 */

import { lookup } from 'node:dns/promises';
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { hasOthers, isListenerOf, type Listener, parseListeners } from '../../base/netstat.ts';

/** An address of this machine that is listened on. */
export interface Place {
  address: string;
  port: number;
}

const DEFAULT_PORTS: Record<string, number> = { 'ws:': 80, 'wss:': 443 };

/** Where the target is; null where that is not this machine, or nobody listens there. */
export async function placeOf(url: string): Promise<Place | null> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(host).catch(() => null);
  if (found === null || !isOurs(found.address)) return null;
  const place = { address: found.address, port: Number(port) || DEFAULT_PORTS[protocol] };
  return listenersAt([place]).length === 0 ? null : place;
}

function isOurs(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return address.startsWith('127.') || own.some((entry) => entry.address === address);
}

export function listenersAt(places: readonly Place[]): Listener[] {
  if (places.length === 0) return [];
  const all = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => parseListeners(readHead(path)));
  return all.filter((listener) => places.some(({ address, port }) => isListenerOf(listener, address, port)));
}

/**
 * The processes that have one of these sockets. A process of somebody else's does not show its descriptors.
 *
 * @param not those that have none for certain, and many descriptors to look through
 */
export function holdersOf(listeners: readonly Listener[], not: readonly number[]): number[] {
  const names = new Set(listeners.map(({ inode }) => `socket:[${inode}]`));
  return list('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && !not.includes(pid))
    .filter((pid) => list(`/proc/${pid}/fd`).some((fd) => names.has(linkOf(`/proc/${pid}/fd/${fd}`))));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const CHUNK_BYTES = 65_536;

/** As much of a table as there are sockets that listen, which come first: the whole may have megabytes. */
function readHead(path: string): string {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let text = '';
    for (let read = 1; read > 0 && !hasOthers(text); ) {
      read = readSync(file, chunk);
      text += chunk.toString('latin1', 0, read);
    }
    return text;
  } catch {
    return '';
  } finally {
    if (file !== null) closeSync(file);
  }
}
