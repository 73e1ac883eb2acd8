/**
 * The faults that a node was asked to have. A node without any does not load this, and its services and handshakes go
 * the way that they would go if there were no such thing.
 */

import { createRandom } from '../../base/random.ts';
import { type FaultName, findFault } from '../../model/faults.ts';
import type { DelaySummary } from '../control.ts';
import type { FaultOptions } from '../options.ts';
import type { Service } from '../service.ts';
import { type AcceptPace, createAcceptPace } from './accept-pace.ts';
import { countsOf, createFaultCounts, summarizeDelays } from './counts.ts';
import { createHandshakeFaults, type HandshakeFaults } from './handshakes.ts';
import { createLeaks } from './leaks.ts';
import { spoil } from './service.ts';
import { createStalls } from './stall.ts';

export interface NodeFaults {
  /** The echo with its faults. */
  ofEcho(service: Service): Service;
  /** Rooms with their faults, which messages have and answers have not. */
  ofRooms(service: Service): Service;
  /** Null if they have none. */
  handshakes: HandshakeFaults | null;
  /** Null if connections are accepted as they come. */
  acceptPace: AcceptPace | null;
  /** What has happened so far, of the faults that were asked for. */
  counts(): Partial<Record<FaultName, number>>;
  /** Null if nothing was delayed. */
  delays(): DelaySummary | null;
}

/** @param role tells the draws of this node from those of others */
export function createFaults({ plans, seed }: FaultOptions, role: string, nowMs: () => number): NodeFaults {
  const counts = createFaultCounts();
  const randomFor = (...path: (string | number)[]) => createRandom(seed, 'faults', role, ...path);
  let peers = 0;
  const ofServices = {
    plans,
    counts,
    randomOfPeer: () => randomFor('peer', peers++),
    nowMs,
    stall: createStalls(plans, counts, nowMs),
    leak: createLeaks(plans, counts, randomFor('leaks')),
  };
  return {
    ofEcho: (service) => spoil(service, ofServices, false),
    ofRooms: (service) => spoil(service, ofServices, true),
    acceptPace: createAcceptPace(plans, counts, nowMs),
    handshakes: createHandshakeFaults(plans, counts, randomFor('handshakes')),
    counts: () => countsOf(counts, plans),
    delays: () => (findFault(plans, 'delay') === null ? null : summarizeDelays(counts)),
  };
}
