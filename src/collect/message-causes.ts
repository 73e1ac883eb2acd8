/**
 * What stopped a search by its messages: they were lost, or answered too late.
 */

import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Limiter } from '../model/record.ts';

/** What the messages of a trial were like. */
export interface MessageEvidence {
  /** Asked for, of all clients together. */
  messagesPerS: number;
  /** So many of them a second were answered while they flowed. */
  answeredPerS: number;
  /** Answers that had not come when they had been waited for, and messages that could not be sent to the server. */
  lossRatio: number;
  responseP99Ms: number | null;
  /** By so much of the time that passed the answers came later at the end than at the beginning. */
  behindRatio: number;
  /** Why the generator was not up to it; null: it was. */
  generatorFault: string | null;
  /** What all processes of the bundled server used, in cores; null where that is not known. */
  serverCpuRatio: number | null;
}

/** A server process that uses so much of a core has none left: Node.js has one thread for all connections. */
const FULL_CORE = 0.85;

/** The limiter of a trial that failed by its messages, or by the generator; null where there were none. */
export function messageLimiter(messages: MessageEvidence | null, server: readonly unknown[]): Limiter | null {
  if (messages === null) return null;
  const { generatorFault, serverCpuRatio } = messages;
  if (generatorFault !== null) return { resource: 'processor', side: 'generator', evidence: generatorFault };
  const isFull = serverCpuRatio !== null && server.length > 0 && serverCpuRatio >= FULL_CORE * server.length;
  return {
    resource: isFull ? 'processor' : 'message throughput',
    side: 'server',
    evidence: `${answered(messages)}${isFull ? `; the server used ${serverCpuRatio.toFixed(2)} cores` : ''}`,
  };
}

/** How many of the messages were answered, and how fast. */
export function answered({ messagesPerS, answeredPerS, lossRatio, responseP99Ms }: MessageEvidence): string {
  return [
    `${formatCount(answeredPerS)} of ${formatCount(messagesPerS)} messages/s were answered`,
    ...(responseP99Ms === null ? [] : [`response p99 ${formatMs(responseP99Ms)}`]),
    ...(lossRatio > 0 ? [`${formatRatio(lossRatio)} lost`] : []),
  ].join(', ');
}
