/**
 * Whether a program answers yet.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import type { ProgramOptions } from './program.ts';

/** A try that is not answered by then has failed. */
const TRY_TIMEOUT_MS = 1_000;

/** What is sent, and what the answer begins with; where nothing is sent, being connected is the answer. */
const EXCHANGES = {
  accepts: null,
  announces: null,
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

const ANNOUNCEMENT = /^listening (\S+)\r?\n/m;
/** A program that has written so much without a line that says it will not say it. */
const PREFACE_CHARACTERS = 65_536;

/** The URL in the first line `listening <url>` of what a program writes; null if that ends without one. */
export async function announcement(output: Readable): Promise<string | null> {
  let text = '';
  const url = await new Promise<string | null>((resolve) => {
    output.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-PREFACE_CHARACTERS);
      const match = ANNOUNCEMENT.exec(text);
      if (match !== null) resolve(match[1]);
    });
    output.on('close', () => resolve(null));
  });
  // What it goes on to write is nobody's, but has to be taken off its hands.
  output.removeAllListeners('data').resume();
  return url;
}
