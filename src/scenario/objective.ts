/**
 * Plans what a search for a ceiling looks at, and how closely.
 */

import { parseDurationMs } from '../base/units.ts';
import { CONNECT_OBJECTIVE, MESSAGE_OBJECTIVE, type Objective, type SearchPlan } from '../model/objective.ts';
import type { Complain, Options } from './options.ts';

/** Messages are judged by whole seconds, as the generator is. */
const SECOND_MS = 1000;

/**
 * What a level must keep. Messages are looked at in a search for the highest rate, and in one for connections where
 * something is said of them: there, they make each level take longer.
 */
export function planObjective({ objective, rateCeiling }: Options, complain: Complain): Objective {
  const { connectFailures, connectP99, responseP99, losses } = objective;
  const hasMessages = rateCeiling || responseP99 !== undefined || losses !== undefined;
  const time = (name: 'connectP99' | 'responseP99', text: string | undefined) => {
    if (text === undefined) return null;
    const ms = parseDurationMs(text);
    if (ms === 0) complain('objective', `${name} must be longer than 0`);
    return ms;
  };
  return {
    connectFailureRatio: connectFailures ?? CONNECT_OBJECTIVE.connectFailureRatio,
    connectP99Ms: time('connectP99', connectP99) ?? CONNECT_OBJECTIVE.connectP99Ms,
    responseP99Ms: time('responseP99', responseP99) ?? (rateCeiling ? MESSAGE_OBJECTIVE.responseP99Ms : null),
    lossRatio: hasMessages ? (losses ?? MESSAGE_OBJECTIVE.lossRatio) : null,
  };
}

export function planSearch(options: Options, objective: Objective, complain: Complain): SearchPlan {
  const { ceiling, rateCeiling, rate, clients, rooms, mode } = options;
  const trialMs = parseDurationMs(options.trial);
  if (trialMs === 0) complain('trial', 'must be longer than 0');
  if (objective.lossRatio !== null && trialMs % SECOND_MS !== 0) {
    complain('trial', `is ${options.trial}; messages are looked at in whole seconds`);
  }
  if (ceiling && rateCeiling) {
    complain(
      'rateCeiling',
      'asks for the highest rate at one number of clients, ceiling for the highest number at one rate; give each a phase of its own',
    );
  }
  if (rateCeiling && rate * (mode === 'broadcast' ? rooms : clients) < 1) {
    complain('rate', 'is the highest that rateCeiling tries; all clients together must send one a second');
  }
  return { widthRatio: options.searchWidth, trialMs };
}
