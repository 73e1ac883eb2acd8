import { isIPv4 } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  ADDRESSES_PER_HOME,
  clientAddress,
  locationOfAddress,
  MAX_PLACES,
  nodeAddress,
  regionOfAddress,
  resolverAddress,
} from '../../src/model/places.ts';
import fc from '../support/properties.ts';

const place = fc.integer({ min: 0, max: MAX_PLACES - 1 });
const number = fc.integer({ min: 0, max: ADDRESSES_PER_HOME - 1 });

describe('addresses of places', () => {
  test('tell where a client is, wherever it is at home, and the resolver that it asks', () => {
    fc.assert(
      fc.property(place, place, number, (location, home, i) => {
        const address = clientAddress(location, home, i);
        expect(isIPv4(address)).toBe(true);
        expect(locationOfAddress(address)).toBe(location);
        expect(locationOfAddress(resolverAddress(location))).toBe(location);
        expect(regionOfAddress(address)).toBeNull();
      }),
    );
  });

  test('are no two clients’', () => {
    fc.assert(
      fc.property(place, place, place, number, number, (location, home, other, i, j) => {
        fc.pre(home !== other || i !== j);
        expect(clientAddress(location, home, i)).not.toBe(clientAddress(location, other, j));
      }),
    );
  });

  test('tell the region of a node', () => {
    fc.assert(
      fc.property(place, place, (region, node) => {
        expect(regionOfAddress(nodeAddress(region, node))).toBe(region);
        expect(locationOfAddress(nodeAddress(region, node))).toBeNull();
      }),
    );
  });

  test.each(['127.0.0.1', '10.0.0.1', '::1', '', '127.80.0.1', '127.63.1.1', '127.64.1'])(
    'tell nothing of %s',
    (address) => {
      expect(locationOfAddress(address)).toBeNull();
      expect(regionOfAddress(address)).toBeNull();
    },
  );
});
