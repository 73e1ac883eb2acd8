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
  // The inline form of a command. One that wants a password says NOAUTH, and is ready, too.
  redis: { question: 'PING\r\n', answer: /^(\+PONG|-NOAUTH)/ },
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
