/**
 * The names that the clients of one location look up, as a browser or its system does: one question at a time, an
 * answer kept for its time to live, and asked for again by who connects after that.
 */

import { Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { regionOfAddress } from '../model/places.ts';

/** A resolver gives an answer up after three times so long. */
const TIMEOUT_MS = 1000;
const TRIES = 3;

/** What getaddrinfo says where no answer comes: the name may well exist. */
const NO_ANSWER = 'EAI_AGAIN';

export interface NameResolver {
  /** Resolves a name for `net.connect`. */
  lookup: LookupFunction;
  /** The region that the answers name, and since when they have; null before the first. */
  readonly region: { index: number; sinceMs: number } | null;
}

type Answer = Parameters<LookupFunction>[2];

interface Records {
  addresses: string[];
  ttlS: number;
}

/** Asks a DNS. Tests give another. */
export type Ask = (name: string) => Promise<Records>;

/**
 * @param server of the form `host:port`
 * @param localAddress which the server sees, and answers by
 */
export function askFrom(localAddress: string, server: string): Ask {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  resolver.setServers([server]);
  resolver.setLocalAddress(localAddress);
  return (name) =>
    new Promise((resolve, reject) => {
      resolver.resolve4(name, { ttl: true }, (error, records) => {
        if (error !== null || records.length === 0) return reject(error ?? new Error('no address'));
        resolve({
          addresses: records.map(({ address }) => address),
          ttlS: Math.min(...records.map(({ ttl }) => ttl)),
        });
      });
    });
}

export function createNameResolver(ask: Ask, nowMs: () => number): NameResolver {
  let known: { addresses: string[]; untilMs: number } | null = null;
  let region: NameResolver['region'] = null;
  let waiting: Answer[] = [];
  let turn = 0;

  /** Clients are dealt out to the addresses in turn. */
  function give(answer: Answer, addresses: string[]): void {
    answer(null, addresses[turn++ % addresses.length], 4);
  }

  async function renew(name: string): Promise<void> {
    try {
      const { addresses, ttlS } = await ask(name);
      const now = nowMs();
      known = { addresses, untilMs: now + ttlS * 1000 };
      const index = regionOfAddress(addresses[0]);
      if (index !== null && index !== region?.index) region = { index, sinceMs: now };
      for (const answer of takeWaiting()) give(answer, addresses);
    } catch {
      const error = Object.assign(new Error(`no answer for ${name}`), { code: NO_ANSWER });
      for (const answer of takeWaiting()) answer(error, '', 4);
    }
  }

  function takeWaiting(): Answer[] {
    const all = waiting;
    waiting = [];
    return all;
  }

  return {
    get region() {
      return region;
    },
    lookup(name, _options, answer) {
      if (known !== null && nowMs() < known.untilMs) return give(answer, known.addresses);
      waiting.push(answer);
      if (waiting.length === 1) void renew(name);
    },
  };
}
