/**
 * The network between a node and clients that are not of its region, who are known by their address. A node that
 * stands in no region does not load this, and what it is to clients of its own region stays as it is.
 *
 * A handshake over such a network takes two round trips, one for TCP and one for HTTP. On loopback both have happened
 * at once, so the answer is as late as both would have made it. What a client says before that is none of WebSocket's.
 */

import type { Duplex } from 'node:stream';
import { createRandom } from '../../base/random.ts';
import { locationOfAddress } from '../../model/places.ts';
import type { HandshakeFaults } from '../faults/handshakes.ts';
import { answerLater } from '../late-answer.ts';
import type { RegionOptions } from '../options.ts';
import type { Service } from '../service.ts';
import { atDistance } from './far-peer.ts';
import { pathBetween, type WanPath } from './line.ts';

const HANDSHAKE_ROUND_TRIPS = 2;

export interface NodeWan {
  /** A service as the client at the other end of a socket has it. */
  serviceFor(socket: Duplex, service: Service): Service;
  /** Lets handshakes meet this network, and then their faults, if there are any. */
  before(faults: HandshakeFaults | null): HandshakeFaults;
}

/** @param role tells the draws of this node from those of others */
export function createNodeWan(region: RegionOptions, role: string, nowMs: () => number): NodeWan {
  const { index, names, wan, seed } = region;
  const deps = {
    random: createRandom(seed, 'wan', role),
    nowMs,
    after: (ms: number, then: () => void) => void setTimeout(then, ms).unref(),
  };
  /** By location, what each service is from there. */
  const far = new Map<WanPath, Map<Service, Service>>();
  const paths = names.map((_, location) => pathBetween(wan, location, index));

  /** Null: the client is near, or nobody knows where. */
  function pathOf(socket: Duplex): WanPath | null {
    const address = 'remoteAddress' in socket ? String(socket.remoteAddress) : '';
    const location = locationOfAddress(address);
    const path = location === null ? undefined : paths[location];
    return path === undefined || path.rttMs === 0 ? null : path;
  }

  return {
    serviceFor(socket, service) {
      const path = pathOf(socket);
      if (path === null) return service;
      const services = far.get(path) ?? new Map<Service, Service>();
      far.set(path, services);
      const known = services.get(service) ?? atDistance(service, path, deps);
      services.set(service, known);
      return known;
    },
    before: (faults) => ({
      meet(socket, goOn, refuse) {
        const path = pathOf(socket);
        const arrive = () => (faults === null ? goOn() : faults.meet(socket, goOn, refuse));
        if (path === null) arrive();
        else answerLater(socket, HANDSHAKE_ROUND_TRIPS * path.rttMs, arrive);
      },
    }),
  };
}
