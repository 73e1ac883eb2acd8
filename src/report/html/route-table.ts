/**
 * Messages from user to user: how long they took from region to region against what the network allows, and what moving
 * users cost.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import type { Routes } from '../../model/routes.ts';
import { shown, trusted } from '../value.ts';
import { html, type Markup } from './markup.ts';
import { block, facts, table } from './table.ts';

const HEAD = ['from', 'to', 'messages', 'floor: half the round trip', 'p50', 'p50 above the floor', 'p99'];

/** The tables, or null where no message went from user to user between regions. */
export function routes(phase: Phase): Markup | null {
  const pairs = phase.regions?.pairs ?? null;
  if (pairs === null) return null;
  const ms = (value: number | null) => trusted(phase, shown(value, formatMs));
  const rows = pairs.map((pair) => [
    pair.from,
    pair.to,
    formatCount(pair.latencyMs.count),
    formatMs(pair.floorMs),
    ms(pair.latencyMs.p50),
    ms(pair.aboveFloorMs),
    ms(pair.latencyMs.p99),
  ]);
  return block('From region to region', html`${table(HEAD, rows, [1])}${facts(movesOf(phase))}`);
}

function movesOf(phase: Phase): [string, string][] {
  const { moves = null, convergenceMs = null, messages = null } = phase.regions ?? {};
  if (moves === null || messages === null) return [];
  const ms = (value: number | null | undefined) => trusted(phase, shown(value ?? null, formatMs));
  return [
    ['until all nodes knew where a user was, p50', ms(convergenceMs?.p50)],
    ['the same, p99', ms(convergenceMs?.p99)],
    ['users that moved', formatCount(moves.moved)],
    ['messages late: misrouted, or made to wait', formatCount(moves.late)],
    ['late by, p50', ms(moves.lateMs.p50)],
    ['late by, p99', ms(moves.lateMs.p99)],
    ['messages lost', formatCount(moves.lost)],
    ['server: messages accepted', formatCount(messages.accepted)],
    ['server: messages delivered', formatCount(messages.delivered)],
    ['server: sent after a user that had moved', formatCount(moves.misrouted)],
    ['server: held for a user that was away', formatCount(messages.held)],
    ['server: held for an earlier message', formatCount(messages.early)],
    ['server: copies passed over', formatCount(messages.copies)],
    ['server: found another way', formatCount(messages.rerouted)],
    ['server: given up', formatCount(givenUp(messages))],
    ['server: dropped for a reader that is full', formatCount(messages.dropped)],
    ['server: users handed over', formatCount(messages.handovers)],
    ['server: users not handed over in time', formatCount(messages.missedHandovers)],
  ];
}

function givenUp({ stale, expired, unknown, refused }: NonNullable<Routes['messages']>): number {
  return stale + expired + unknown + refused;
}
