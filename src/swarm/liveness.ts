/**
 * Clients that do not wait for a dead server for ever: who has heard nothing for half of the time asks, by a ping, and who
 * has heard nothing for all of it takes the connection for dead. Nothing is done where something is read: a socket
 * counts its bytes anyway, and all clients are looked at in turn, some with each tick.
 */

import type { Connection } from '../transport/transport.ts';

export interface LivenessOptions {
  clients: number;
  /** Heard of for so long, a connection is alive. */
  livenessMs: number;
  isOpen: (client: number) => boolean;
  connection: (client: number) => Connection;
  epoch: (client: number) => number;
  /** Nothing was heard on the connection of a client. */
  onSilent: (client: number) => void;
}

/** Each client is looked at so often in the time that it waits: a silence is noticed up to two looks late. */
const LOOKS = 20;

export function createLiveness(options: LivenessOptions): (nowMs: number) => void {
  const { clients, livenessMs, isOpen, connection, epoch, onSilent } = options;
  /** What had been read at the last look that found more than before, when that was, and on which connection. */
  const heardBytes = new Float64Array(clients);
  const heardAtMs = new Float64Array(clients);
  const heardEpoch = new Int32Array(clients).fill(-1);
  const hasAsked = new Uint8Array(clients);
  const lookMs = livenessMs / LOOKS;
  let lastMs = Number.NaN;
  let next = 0;
  let owed = 0;

  return (nowMs) => {
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    // Nothing could be read while the process stood still, so nothing says that there was nothing to read.
    if (!(passedMs < livenessMs / 4)) {
      heardEpoch.fill(-1);
      return;
    }
    owed += (clients * passedMs) / lookMs;
    for (const looks = Math.min(clients, Math.floor(owed)), end = next + looks; next < end; owed--) {
      look(next++ % clients, nowMs);
    }
    next %= clients;
  };

  function look(client: number, nowMs: number): void {
    if (!isOpen(client)) return;
    const bytes = connection(client).bytesRead();
    if (bytes !== heardBytes[client] || heardEpoch[client] !== epoch(client)) {
      heardBytes[client] = bytes;
      heardAtMs[client] = nowMs;
      heardEpoch[client] = epoch(client);
      hasAsked[client] = 0;
      return;
    }
    const silentMs = nowMs - heardAtMs[client];
    if (silentMs >= livenessMs) onSilent(client);
    else if (silentMs >= livenessMs / 2 && hasAsked[client] === 0) {
      hasAsked[client] = 1;
      connection(client).ping();
    }
  }
}
