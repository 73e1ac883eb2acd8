/**
 * A gateway: a node whose clients talk to backends. It holds the connections; whether one may open, and what is done
 * with a message, a backend says, which holds none. What the answer to a message says is then done by the service that
 * a node would have asked at once:
 *
 *     client ── message ──→ gateway ── event, POST ──→ backend
 *                              │ ←──── answer ───────────┘
 *                              └──→ echo: back to the client      rooms: joined, or published to all gateways
 *
 * So backends keep nothing, any of them can answer any event, and one that goes takes nothing with it.
 */

import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { EdgeSample } from '../control.ts';
import type { Check } from '../health.ts';
import { pathOf } from '../pages.ts';
import type { Address } from '../ports.ts';
import { errorFrame } from '../room-frames.ts';
import type { Peer, Service } from '../service.ts';
import { createBackends } from './backends.ts';
import { createConnections, type HeldConnection } from './connections.ts';
import { createGatewayCounts, type GatewayCounts, sampleOf } from './counts.ts';
import { createDispatcher } from './dispatcher.ts';
import type { Doorman } from './doorman.ts';
import { type EventKind, eventText, type Stage } from './events.ts';
import { createManagement } from './management.ts';
import type { GatewayOptions } from './options.ts';

export interface Gateway {
  counts: GatewayCounts;
  /** Asks a backend whether a connection may open. */
  doorman: Doorman;
  /** The service as clients of the gateway have it: it is given what a backend answers. */
  behind(service: Service, stage: Stage): Service;
  /** Answers requests to the management interface, and leaves the others to who knows them. */
  manage(others: RequestListener): RequestListener;
  /** Where all gateways listen, in their order, this one among them. */
  meet(gateways: readonly Address[]): void;
  sample(): EdgeSample;
  /** For `/health`: fit is who reaches a backend. */
  checks(): Record<string, Check>;
  /** Its clients leave: resolves when they have, and it keeps nothing open for them any more. */
  rest(): Promise<void>;
  /** Waits for what is on its way to the backends, for so long at the most. */
  close(timeoutMs: number): Promise<void>;
}

/** How often is looked whether the clients have left. */
const LOOK_MS = 20;

const SERVICE_UNAVAILABLE = 503;
const BAD_GATEWAY = 502;

/** @param maxConnections that it holds, those that are about to open among them */
export function createGateway(
  options: GatewayOptions,
  maxConnections: number,
  clock: Clock,
  random: Random,
): Gateway {
  const counts = createGatewayCounts();
  const backends = createBackends(options, clock, random);
  const dispatcher = createDispatcher(options, backends, clock, counts);
  const connections = createConnections(options.index, maxConnections);
  const wallOriginMs = clock.wallTime().getTime() - clock.nowMs();
  const timestampOf = (atMs: number) => {
    const date = clock.wallTime();
    date.setTime(wallOriginMs + atMs);
    return date.toISOString();
  };
  let gateways: readonly Address[] = [];
  let events = 0;

  function tell(
    kind: EventKind,
    lane: object,
    from: { place: number; stage: Stage; address: string; openedAtMs: number; closeCode?: number },
    message: { data: Buffer; isBinary: boolean } | null,
    told: Parameters<typeof dispatcher.add>[3],
  ): void {
    const { place, stage, address, openedAtMs, closeCode } = from;
    const own = gateways[options.index];
    const context = {
      connectionId: connections.idOf(place),
      stage,
      domainName: own === undefined ? '' : `${own.host}:${own.port}`,
      messageId: `${options.index}-${(events++).toString(36)}`,
      sourceIp: address,
      connectedAtMs: wallOriginMs + openedAtMs,
      atMs: wallOriginMs + clock.nowMs(),
      ...(kind === 'disconnect' && closeCode !== undefined ? { closeCode } : {}),
    };
    dispatcher.add(lane, kind, eventText(kind, context, message), told);
  }

  const doorman: Doorman = {
    meet(socket, url, open, refuse) {
      const place = connections.reserve();
      if (place === null) return refuse(SERVICE_UNAVAILABLE);
      const from = {
        place,
        stage: stageOf(url),
        address: socket.remoteAddress ?? '',
        openedAtMs: clock.nowMs(),
      };
      let connection: HeldConnection | null = null;
      const take = (opened: HeldConnection) => {
        connection = opened;
        connections.open(place, opened);
      };
      socket.pause();
      socket.on('error', ignore);
      tell('connect', socket, from, null, (answer) => {
        socket.off('error', ignore);
        const isWelcome = answer !== null && isSuccess(answer.statusCode);
        if (isWelcome && !socket.destroyed) {
          open(take);
          socket.resume();
        } else if (!socket.destroyed) refuse(refusalOf(answer?.statusCode));
        if (connection !== null) return;
        // A backend that welcomed it should learn that it never came.
        if (isWelcome) tell('disconnect', socket, from, null, () => {});
        connections.free(place);
      });
    },
  };

  return {
    counts,
    doorman,
    behind(service, stage) {
      return {
        onMessage(peer, data, isBinary) {
          const connection = heldOf(peer);
          connections.touch(connection.place, clock.nowMs());
          tell('message', peer, { ...placeOf(connection), stage }, { data, isBinary }, (answer) => {
            if (answer === null) return peer.deliver(FAILURES[stage], false);
            if (answer.body !== null) service.onMessage(peer, answer.body, answer.isBinary);
          });
        },
        onClose(peer) {
          const connection = heldOf(peer);
          // What it said last may still be on its way, and be done for it.
          tell('disconnect', peer, { ...placeOf(connection), stage }, null, () => service.onClose(peer));
          connections.free(connection.place);
        },
      };
    },
    manage: (others) =>
      createManagement(
        { index: options.index, connections, gateways: () => gateways, nowMs: clock.nowMs, timestampOf },
        others,
      ),
    meet(all) {
      gateways = all;
    },
    sample: () => sampleOf(counts),
    checks() {
      const reachable = backends.reachable();
      return { backends: { ok: reachable > 0, reachable, all: options.backends.length } };
    },
    async rest() {
      const deadlineMs = clock.nowMs() + options.eventTimeoutMs;
      while (connections.taken() > 0 && clock.nowMs() < deadlineMs) await delay(LOOK_MS);
      await dispatcher.idle(options.eventTimeoutMs);
      backends.rest();
    },
    async close(timeoutMs) {
      await dispatcher.idle(timeoutMs);
      dispatcher.close();
    },
  };
}

/** Nothing stands between a gateway and its engine, so its peers are the engine's connections. */
function heldOf(peer: Peer): HeldConnection {
  return peer as HeldConnection;
}

function placeOf({ place, address, openedAtMs, closeCode }: HeldConnection) {
  return { place, address, openedAtMs, closeCode };
}

function stageOf(url: string): Stage {
  return pathOf(url) === '/rooms' ? 'rooms' : 'echo';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** What a client is told whom a backend did not welcome. */
function refusalOf(status: number | undefined): number {
  return status !== undefined && status >= 400 && status < 600 ? status : BAD_GATEWAY;
}

function ignore(this: Socket): void {}

/** What a client is told whose message no backend has answered. */
const FAILURES: Record<Stage, Buffer> = {
  echo: Buffer.from('{"message": "Internal server error"}'),
  rooms: errorFrame('unpublished', 'no backend answered'),
};
