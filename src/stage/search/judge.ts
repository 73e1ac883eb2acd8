/**
 * Whether a level of a search keeps the service objective. What it does not keep is told with its limit.
 */

import { formatCount, formatMs, formatRatio } from '../../base/units.ts';
import type { StepEvidence } from '../../collect/limiter.ts';
import type { MessageEvidence } from '../../collect/message-causes.ts';
import type { Objective } from '../../model/objective.ts';
import type { PhasePlan } from '../../model/plan.ts';

/** A generator whose loop is busier than this cannot tell the server's ceiling from its own. */
const MAX_ELU = 0.9;

/**
 * Answers that come later and later will be too late at last, however short the trial was that showed it. At f times the
 * load that the server can carry they fall behind by 1 − 1/f of the time, so half of the width that is asked for tells one
 * level from the next.
 */
const BEHIND_OF_WIDTH = 0.5;

/** Why the generator was not up to the trial, or null. */
function faultOfGenerator({ eluMax, messages }: StepEvidence): string | null {
  if (messages !== null) return messages.generatorFault;
  return eluMax > MAX_ELU ? `the generator's event loop was ${formatRatio(eluMax)} busy` : null;
}

/** Why a level does not hold, or null. */
export function judge(
  { objective, search }: Pick<PhasePlan, 'objective' | 'search'>,
  evidence: StepEvidence,
  failedRatio: number,
): string | null {
  const { requested, established, closed, connectP99Ms, messages } = evidence;
  const { connectFailureRatio, connectP99Ms: maxConnectMs } = objective;
  const fault = faultOfGenerator(evidence);
  if (fault !== null) return fault;
  if (failedRatio > connectFailureRatio)
    return `${formatRatio(failedRatio)} of the connects failed; connectFailures is ${formatRatio(connectFailureRatio)}`;
  if (closed > 0) return `the server closed ${formatCount(closed)} connections`;
  if (established < requested)
    return `${formatCount(established)} of ${formatCount(requested)} were connected`;
  if (connectP99Ms !== null && connectP99Ms > maxConnectMs)
    return `connects took ${formatMs(connectP99Ms)} at p99; connectP99 is ${formatMs(maxConnectMs)}`;
  return messages === null ? null : judgeMessages(objective, messages, BEHIND_OF_WIDTH * search.widthRatio);
}

function judgeMessages(
  objective: Objective,
  messages: MessageEvidence,
  maxBehindRatio: number,
): string | null {
  const { lossRatio, responseP99Ms, behindRatio } = messages;
  const maxLossRatio = objective.lossRatio ?? 0;
  const maxResponseMs = objective.responseP99Ms ?? Number.POSITIVE_INFINITY;
  if (lossRatio > maxLossRatio)
    return `${formatRatio(lossRatio)} of the messages were lost; losses is ${formatRatio(maxLossRatio)}`;
  if (responseP99Ms !== null && responseP99Ms > maxResponseMs)
    return `responses took ${formatMs(responseP99Ms)} at p99; responseP99 is ${formatMs(maxResponseMs)}`;
  if (behindRatio > maxBehindRatio)
    return `answers fell behind by ${formatMs(behindRatio * 1000)} each second; ${formatMs(maxBehindRatio * 1000)} may be chance`;
  return null;
}
