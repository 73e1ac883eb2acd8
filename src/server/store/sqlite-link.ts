/**
 * A node's connection to the process that writes into SQLite.
 */

import { connect, type Socket } from 'node:net';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { Fifo } from '../broker/fifo.ts';
import { createSplitter } from '../broker/frames.ts';
import { ATTEMPTS_AT_START, retryDelayMs } from '../broker/retry.ts';
import { groupFrame, MIN_BODY_BYTES, readAnswer } from './frames.ts';
import type { StoreLink } from './store.ts';

const MAX_ANSWER_BYTES = 1;

/**
 * Connects to the store, and again whenever it is lost.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if it cannot be reached
 */
export function connectSqlite(
  { host, port }: { host: string; port: number },
  random: Random,
): Promise<StoreLink> {
  /** Groups that are on their way. */
  const told = new Fifo<(isStored: boolean) => void>();
  let socket: Socket;
  let isUp = false;
  let wasUp = false;
  let isClosed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const link: StoreLink = {
    get isLost() {
      return !isUp;
    },
    write(messages) {
      return new Promise((resolve, reject) => {
        if (!isUp) return reject(new Error('the store is out of reach'));
        told.add((isStored) => (isStored ? resolve() : reject(new Error('the store did not take a group'))));
        socket.write(groupFrame(messages));
      });
    },
    close() {
      isClosed = true;
      isUp = false;
      clearTimeout(timer);
      if (socket.closed) return Promise.resolve();
      return new Promise((resolve) => {
        socket.once('close', () => resolve());
        socket.destroy();
      });
    },
  };

  return new Promise((resolve, reject) => {
    open();

    function open(): void {
      let problem: unknown = null;
      socket = connect({ host, port, noDelay: true });
      const answer = (body: Buffer) => told.take()?.(readAnswer(body));
      const split = createSplitter(MAX_ANSWER_BYTES, answer, MIN_BODY_BYTES);
      socket.on('connect', () => {
        failures = 0;
        isUp = true;
        wasUp = true;
        resolve(link);
      });
      socket.on('data', (chunk: Buffer) => {
        if (!split(chunk)) socket.destroy();
      });
      socket.on('error', (error) => {
        problem = error;
      });
      socket.on('close', () => onClose(problem));
    }

    function onClose(problem: unknown): void {
      isUp = false;
      for (const tell of told.takeAll()) tell(false);
      if (isClosed) return;
      failures++;
      if (wasUp || failures < ATTEMPTS_AT_START) {
        timer = setTimeout(open, retryDelayMs(failures, random));
        return;
      }
      const where = `The reference server's store at ${host}:${port}`;
      reject(new WsscaleError('TARGET', `${where} cannot be reached: ${messageOf(problem)}.`));
    }
  });
}
