/**
 * A node's connection to the process that writes into SQLite.
 */

import type { Socket } from 'node:net';
import type { Random } from '../../base/random.ts';
import { Fifo } from '../broker/fifo.ts';
import { openLine } from '../broker/line.ts';
import { groupFrame, MIN_BODY_BYTES, readAnswer } from './frames.ts';
import type { StoreLink } from './store.ts';

const MAX_ANSWER_BYTES = 1;

/**
 * Connects to the store, and again whenever it is lost.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if it cannot be reached
 */
export async function connectSqlite(
  address: { host: string; port: number },
  random: Random,
): Promise<StoreLink> {
  /** Groups that are on their way. */
  const told = new Fifo<(isStored: boolean) => void>();
  let socket: Socket;

  const frames = { maxBodyBytes: MAX_ANSWER_BYTES, minBodyBytes: MIN_BODY_BYTES };
  const line = openLine({ name: 'store', ...address, ...frames }, random, {
    onBody: (body) => told.take()?.(readAnswer(body)),
    onUp(opened) {
      socket = opened;
    },
    onDown() {
      for (const tell of told.takeAll()) tell(false);
    },
  });
  await line.opened;

  return {
    get isLost() {
      return !line.isUp;
    },
    write(messages) {
      return new Promise((resolve, reject) => {
        if (!line.isUp) return reject(new Error('the store is out of reach'));
        told.add((isStored) => (isStored ? resolve() : reject(new Error('the store did not take a group'))));
        socket.write(groupFrame(messages));
      });
    },
    close: line.close,
  };
}
