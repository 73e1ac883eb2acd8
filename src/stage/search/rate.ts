import { messageOf } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import type { RateCeiling } from '../../model/ceiling.ts';
import type { Limiter } from '../../model/record.ts';
import { enterStage, type StageContext } from '../context.ts';
import { evidenceSince, failedRatioSince, snapshot } from './evidence.ts';
import { createLevelBook } from './level-book.ts';
import { boundsOf, runSearch, verdictOf } from './run.ts';
import { type JudgeSeconds, plannedFlow, tryFlow } from './trial-flow.ts';

/**
 * Searches for the most messages a second that all clients together may send, while all of them stay connected: by the
 * same steps as the search for connections. The loop stays open: what falls due at a level is sent when it is due, however
 * late the answers are.
 */
export async function searchRate(context: StageContext, judgeSeconds: JudgeSeconds): Promise<RateCeiling> {
  const { plan, results, tally } = context;
  await enterStage(context, 'search');
  const planned = plannedFlow(plan, plan.clients);
  const senders = planned.messagesPerS / planned.ratePerClientPerS;
  const steps: RateCeiling['steps'] = [];
  const book = createLevelBook({ max: Math.max(1, Math.floor(planned.messagesPerS)), ...plan.search });

  const answer = (end: Limiter): RateCeiling => {
    const bracket = book.bracket();
    return {
      messagesPerS: bracket.lower,
      ratePerClientPerS: bracket.lower / senders,
      clients: tally.connected(),
      ...boundsOf(context, bracket, end),
      steps,
    };
  };

  async function attempt(messagesPerS: number, trial: number) {
    const before = await snapshot(context);
    const flow = { ...planned, messagesPerS, ratePerClientPerS: messagesPerS / senders };
    const messages = await tryFlow(context, flow, judgeSeconds);
    const facts = { requested: plan.clients, reachedMs: null, messages };
    const evidence = await evidenceSince(context, before, facts);
    const { answeredPerS, responseP99Ms, lossRatio } = messages;
    const tried = { evidence, failedRatio: failedRatioSince(context, before) };
    const outcome = verdictOf(context, tried, answeredPerS);
    const { passed, valid, reason } = outcome;
    steps.push({ messagesPerS, answeredPerS, trial, passed, valid, reason, responseP99Ms, lossRatio });
    return outcome;
  }

  try {
    await runSearch(book, attempt);
  } catch (error) {
    const evidence = `the search was ended at ${formatCount(book.bracket().lower)} messages/s: ${messageOf(error)}`;
    const unfinished = { found: false, upperBound: null, widthRatio: null };
    const limiter: Limiter = { resource: 'time', side: 'scenario', evidence };
    results.rateCeiling = { ...answer(limiter), ...unfinished, limiter };
    throw error;
  }
  return answer({
    resource: 'requested maximum',
    side: 'scenario',
    evidence: `all ${formatCount(planned.messagesPerS)} messages/s that were asked for were answered in time`,
  });
}
