/**
 * Load belongs on servers of one's own. A target outside loopback and private ranges is attacked only after somebody
 * has said so.
 */

import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { type Plan, redactUrl, usageError } from '../index.ts';
import type { Terminal } from './terminal.ts';

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv6');
}

/**
 * Asks before a public target is attacked.
 * @throws WsscaleError USAGE if the answer is no, or nobody can be asked
 */
export async function confirmTargets(plan: Plan, terminal: Terminal, yes: boolean): Promise<void> {
  if (yes) return;
  const urls = plan.phases.flatMap(({ topology }) => (topology.kind === 'target' ? [topology.url] : []));
  for (const url of new Set(urls)) {
    if (!(await isPublic(new URL(url).hostname))) continue;
    const shown = redactUrl(url);
    if (!terminal.interactive) {
      throw usageError(`${shown} is a public address. If it is yours to attack, say so with --yes.`);
    }
    const answer = await terminal.ask(`${shown} is a public address. Is it yours to attack? [y/N] `);
    if (!/^y(es)?$/i.test(answer)) throw usageError(`${shown} was not attacked.`);
  }
}

/** A name is as public as the least private of its addresses; one that does not resolve cannot be attacked anyway. */
async function isPublic(hostname: string): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) !== 0 ? [host] : await lookup(host, { all: true }).then(toAddresses, () => []);
  return addresses.some((address) => !PRIVATE.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'));
}

function toAddresses(found: { address: string }[]): string[] {
  return found.map(({ address }) => address);
}
