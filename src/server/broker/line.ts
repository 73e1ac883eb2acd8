/**
 * A connection to another part of the server: opened again whenever it is lost, each time a little later, and cut into
 * frames.
 */

import { connect, type Socket } from 'node:net';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { createSplitter } from './frames.ts';
import { ATTEMPTS_AT_START, retryDelayMs } from './retry.ts';

interface LineEvents {
  /** A frame came on this socket; its body shares memory with what comes next. */
  onBody(body: Buffer, from: Socket): void;
  onUp(socket: Socket): void;
  /**
   * It is gone, or an attempt failed.
   * @param isLost it was there, and nobody had closed it
   */
  onDown(isLost: boolean): void;
}

export interface Line {
  readonly isUp: boolean;
  /** Resolves when it is there for the first time; rejects with a WsscaleError `TARGET` if it never is. */
  opened: Promise<void>;
  close(): Promise<void>;
}

interface LineOptions {
  /** What is there, in words. */
  name: string;
  host: string;
  port: number;
  /** The longest body that may come, and the shortest of each type, where they are not the broker's. */
  maxBodyBytes: number;
  minBodyBytes?: readonly number[];
  /** After so many attempts, what was never there is given up. */
  attemptsAtStart?: number;
}

/** Opens a line, and keeps it open until it is closed. */
export function openLine(
  { name, host, port, maxBodyBytes, minBodyBytes, attemptsAtStart = ATTEMPTS_AT_START }: LineOptions,
  random: Random,
  { onBody, onUp, onDown }: LineEvents,
): Line {
  let socket: Socket;
  let isUp = false;
  let wasUp = false;
  let isClosed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const opened = new Promise<void>((resolve, reject) => {
    open();

    function open(): void {
      let problem: unknown = null;
      const mine = connect({ host, port, noDelay: true });
      socket = mine;
      const split = createSplitter(maxBodyBytes, (body) => onBody(body, mine), minBodyBytes);
      mine.on('connect', () => {
        failures = 0;
        isUp = true;
        wasUp = true;
        onUp(mine);
        resolve();
      });
      mine.on('data', (chunk: Buffer) => {
        if (!split(chunk)) mine.destroy();
      });
      mine.on('error', (error) => {
        problem = error;
      });
      mine.on('close', () => onClose(problem));
    }

    function onClose(problem: unknown): void {
      const isLost = isUp && !isClosed;
      isUp = false;
      onDown(isLost);
      if (isClosed) return;
      failures++;
      if (wasUp || failures < attemptsAtStart) timer = setTimeout(open, retryDelayMs(failures, random));
      else {
        const what = `The reference server's ${name} at ${host}:${port} cannot be reached`;
        reject(new WsscaleError('TARGET', `${what}: ${messageOf(problem)}.`));
      }
    }
  });

  return {
    get isUp() {
      return isUp;
    },
    opened,
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
}
