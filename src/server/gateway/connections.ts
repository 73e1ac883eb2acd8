/**
 * The connections of a gateway by their ids. An id says which gateway holds the connection and at which place, and
 * holds a secret, so that a place that was given anew is not found by its old id and nobody can guess one:
 *
 *     gateway u8 │ place u32 │ secret u48          11 bytes, in base64 for URLs: 16 characters
 *
 * A place costs a few array elements and a number in the connection; no object, no string.
 */

import { secretInt32 } from '../../base/random.ts';
import type { Peer } from '../service.ts';

/** A connection as its engine makes it, which is all that stands between it and a gateway. */
export interface HeldConnection extends Peer {
  /** Its place at the gateway. */
  place: number;
  /** More is waiting to be sent than the node wants to hold: its peer does not read. */
  readonly isFull: boolean;
  /** False from its goodbye on. */
  readonly isOpen: boolean;
  readonly openedAtMs: number;
  /** The code that it was closed with, once it is. */
  readonly closeCode: number;
  /** Of its peer. */
  readonly address: string;
}

export interface Connections {
  /** Places that are taken. */
  taken(): number;
  /** Keeps a place for a connection that is about to open; null if all are taken. */
  reserve(): number | null;
  /** The connection is there: from now on its id finds it. */
  open(place: number, connection: HeldConnection): void;
  /** The place is for somebody else. */
  free(place: number): void;
  idOf(place: number): string;
  /** Null if there is no such connection, or not any more. */
  find(id: ConnectionId): HeldConnection | null;
  /** Something passed over the connection just now. */
  touch(place: number, nowMs: number): void;
  lastActiveMs(place: number): number;
}

export interface ConnectionId {
  gateway: number;
  place: number;
  secret: number;
}

const ID = /^[A-Za-z0-9_-]{15}=$/;
const ID_BYTES = 11;
const FIRST_PLACES = 1024;

/** @param maxConnections places that there are, at the most */
export function createConnections(gateway: number, maxConnections: number): Connections {
  const held: (HeldConnection | null)[] = [];
  const freed: number[] = [];
  let secrets = new Float64Array(FIRST_PLACES);
  let activeMs = new Float64Array(FIRST_PLACES);
  const bytes = Buffer.alloc(ID_BYTES);

  function addPlace(): number | null {
    const place = held.length;
    if (place >= maxConnections) return null;
    if (place === secrets.length) {
      secrets = doubled(secrets);
      activeMs = doubled(activeMs);
    }
    held.push(null);
    return place;
  }

  return {
    taken: () => held.length - freed.length,
    reserve() {
      const place = freed.pop() ?? addPlace();
      if (place !== null) secrets[place] = drawSecret();
      return place;
    },
    open(place, connection) {
      connection.place = place;
      held[place] = connection;
      activeMs[place] = connection.openedAtMs;
    },
    free(place) {
      held[place] = null;
      freed.push(place);
    },
    idOf(place) {
      bytes[0] = gateway;
      bytes.writeUInt32BE(place, 1);
      bytes.writeUIntBE(secrets[place], 5, 6);
      return `${bytes.toString('base64url')}=`;
    },
    find({ place, secret }) {
      const connection = secrets[place] === secret ? held[place] : null;
      return connection?.isOpen ? connection : null;
    },
    touch(place, nowMs) {
      activeMs[place] = nowMs;
    },
    lastActiveMs: (place) => activeMs[place],
  };
}

/** Null of what is no id. */
export function parseConnectionId(text: string): ConnectionId | null {
  if (!ID.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return { gateway: bytes[0], place: bytes.readUInt32BE(1), secret: bytes.readUIntBE(5, 6) };
}

/** 48 bits. */
function drawSecret(): number {
  return (secretInt32() >>> 0) * 2 ** 16 + (secretInt32() >>> 16);
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
