/**
 * Whether a program answers yet.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { ProgramOptions } from './program.ts';

/** A try that is not answered by then has failed. */
const TRY_TIMEOUT_MS = 1_000;

/** What is sent, and what the answer begins with; where nothing is sent, being connected is the answer. */
const EXCHANGES = {
  accepts: null,
  http: { question: 'GET / HTTP/1.1\r\nHost: ready\r\n\r\n', answer: /^HTTP\/1\.1 (?!50)/ },
  // The inline form of a command. One that wants a password says NOAUTH, and is ready, too.
  redis: { question: 'PING\r\n', answer: /^(\+PONG|-NOAUTH)/ },
  // A client's first words, which are refused while it starts: length, version of the protocol, who and where.
  postgres: {
    question: '\0\0\0\x28\0\x03\0\0user\0wsscale\0database\0postgres\0\0',
    answer: /^R/,
  },
} as const;

/** One try. */
export async function isReady({ host, port, readiness }: ProgramOptions): Promise<boolean> {
  const socket = connect({ host, port });
  const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
  try {
    await once(socket, 'connect', { signal });
    const exchange = EXCHANGES[readiness];
    if (exchange === null) return true;
    socket.write(exchange.question);
    const [answer] = await once(socket, 'data', { signal });
    return exchange.answer.test(String(answer));
  } catch {
    return false;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}
