import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createConnections,
  type HeldConnection,
  parseConnectionId,
} from '../../../src/server/gateway/connections.ts';

function connection(): HeldConnection {
  return { place: 0, isOpen: true, openedAtMs: 5 } as HeldConnection;
}

function openedOf(connections: ReturnType<typeof createConnections>): { id: string; held: HeldConnection } {
  const place = connections.reserve() as number;
  const held = connection();
  connections.open(place, held);
  return { id: connections.idOf(place), held };
}

const parsed = (id: string) => parseConnectionId(id) as NonNullable<ReturnType<typeof parseConnectionId>>;

describe('the connections of a gateway', () => {
  it('are found by their ids, which look like those of API Gateway and name the gateway', () => {
    const connections = createConnections(3, 10);
    const { id, held } = openedOf(connections);
    expect(id).toMatch(/^[\w-]{15}=$/);
    expect(parsed(id).gateway).toBe(3);
    expect(connections.find(parsed(id))).toBe(held);
    expect(connections.lastActiveMs(held.place)).toBe(5);
  });

  it('are not found before they open, once they say goodbye, nor when they have gone', () => {
    const connections = createConnections(0, 10);
    const place = connections.reserve() as number;
    const id = parsed(connections.idOf(place));
    expect(connections.find(id)).toBeNull();
    const held = connection();
    connections.open(place, held);
    expect(connections.find(id)).toBe(held);
    Object.assign(held, { isOpen: false });
    expect(connections.find(id)).toBeNull();
    connections.free(place);
    expect(connections.find(id)).toBeNull();
  });

  it('are not found by the id of whoever had their place before', () => {
    const connections = createConnections(0, 10);
    const first = openedOf(connections);
    connections.free(first.held.place);
    const second = openedOf(connections);
    expect(second.held.place).toBe(first.held.place);
    expect(connections.find(parsed(first.id))).toBeNull();
    expect(connections.find(parsed(second.id))).toBe(second.held);
  });

  it('are no more than there are places, and each place can be had again', () => {
    const connections = createConnections(0, 3000);
    const all = Array.from({ length: 3000 }, () => openedOf(connections));
    expect(connections.reserve()).toBeNull();
    expect(all.every(({ id, held }) => connections.find(parsed(id)) === held)).toBe(true);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3000);
    connections.free(all[7].held.place);
    expect(connections.reserve()).toBe(all[7].held.place);
    expect(connections.reserve()).toBeNull();
  });
});

it('what is no id is none, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/^[\w-]{15}=$/.test(text)) expect(parseConnectionId(text)).toBeNull();
    }),
  );
});
