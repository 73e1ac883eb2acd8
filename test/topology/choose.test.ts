import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStateless, sticky } from '../../src/topology/balancer/choose.ts';

const addresses = Array.from({ length: 4_000 }, (_, i) => `10.${i >> 8}.${i & 255}.7`);
const none = (count: number) => Array.from({ length: count }, () => 0);

describe('sticky', () => {
  it('gives every backend a place, whatever the address, and always the same', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (address, count) => {
        const order = sticky(address, none(count));
        expect([...order].sort((a, b) => a - b)).toEqual(none(count).map((_, i) => i));
        expect(sticky(address, none(count).fill(7))).toEqual(order);
      }),
    );
  });

  it.each([2, 4, 7])('spreads addresses evenly over %i backends', (count) => {
    const clients = none(count);
    for (const address of addresses) clients[sticky(address, clients)[0]]++;
    for (const n of clients) expect(Math.abs(n / (addresses.length / count) - 1)).toBeLessThan(0.1);
  });

  it("spreads one backend's addresses evenly over the others, and moves no other", () => {
    const clients = none(4);
    for (const address of addresses) {
      const order = sticky(address, none(4));
      if (order[0] === 1) clients[order[1]]++;
      // With a backend more, nobody goes anywhere but to the new one.
      expect([order[0], 4]).toContain(sticky(address, none(5))[0]);
    }
    const [a, missing, b, c] = clients;
    expect(missing).toBe(0);
    expect(Math.max(a, b, c) / Math.min(a, b, c)).toBeLessThan(1.25);
  });

  it('takes an IPv4 address for the same however it is written', () => {
    for (const address of addresses.slice(0, 50)) {
      expect(sticky(`::ffff:${address}`, none(4))).toEqual(sticky(address, none(4)));
    }
  });
});

describe('stateless', () => {
  it('puts the least busy first', () => {
    expect(createStateless()('', [3, 1, 2, 0])).toEqual([3, 1, 2, 0]);
  });

  it('goes round among equals', () => {
    const choose = createStateless();
    const firsts = Array.from({ length: 6 }, () => choose('', [1, 1, 1])[0]);
    expect(new Set(firsts.slice(0, 3)).size).toBe(3);
    expect(firsts.slice(3)).toEqual(firsts.slice(0, 3));
  });
});
