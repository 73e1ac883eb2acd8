/**
 * Connections that wait to be accepted, in the order of their coming. Each is a client and the bin in which it began to
 * try; what that means is for others to say.
 */

export interface AcceptQueue {
  readonly length: number;
  push(client: number, triedAt: number): void;
  /** The first client, and of the one that `shift` has just taken, since when it tried. */
  shift(): number;
  readonly triedAt: number;
}

/** @param room how many may wait at once */
export function createAcceptQueue(room: number): AcceptQueue {
  const clients = new Int32Array(room);
  const since = new Int32Array(room);
  let head = 0;
  let length = 0;
  let triedAt = -1;
  return {
    get length() {
      return length;
    },
    push(client, tried) {
      const tail = head + length < room ? head + length : head + length - room;
      clients[tail] = client;
      since[tail] = tried;
      length++;
    },
    shift() {
      const client = clients[head];
      triedAt = since[head];
      head = head + 1 < room ? head + 1 : 0;
      length--;
      return client;
    },
    get triedAt() {
      return triedAt;
    },
  };
}
