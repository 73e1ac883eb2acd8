/**
 * A gateway's way to its backends: HTTP over connections that are kept, and a word on which backend can be reached.
 * One that could not is passed over for a while, and then tried with a single request first.
 */

import { Agent, request } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { retryDelayMs } from '../broker/retry.ts';
import { type Answer, readAnswer } from './events.ts';
import type { GatewayOptions } from './options.ts';

/** What became of a request. */
type Outcome =
  | { type: 'answered'; answer: Answer }
  /** It was answered, but by nothing that a gateway understands. */
  | { type: 'misunderstood' }
  /** The backend could not be reached, went before it answered, or says that it does not serve now. */
  | { type: 'unreachable' };

export interface Backends {
  /** The number of one that may be asked now: of those, the one with the least to do. Null: none may. */
  choose(): number | null;
  /**
   * Posts an event to it.
   *
   * @returns gives it up: `told` is not called any more, and the backend counts as out of reach
   */
  post(backend: number, text: string, told: (outcome: Outcome) => void): () => void;
  /** How many were reached when they were last tried. */
  reachable(): number;
  /** Closes the connections that are kept for the next requests. */
  rest(): void;
  /** When the next one may be tried that is passed over; null: none is. */
  nextTrialMs(): number | null;
  close(): void;
}

/** A server that answers so may do better later, and another one may do better now. */
const NOT_NOW = [502, 503, 504];
const OK = 200;
const MAX_ANSWER_BYTES = 1024 * 1024;

interface State {
  options: object;
  agent: Agent;
  inFlight: number;
  /** Since it could last be reached. */
  failures: number;
  trialAtMs: number;
}

/** @param random spreads the attempts of several gateways to reach a backend that is gone */
export function createBackends(options: GatewayOptions, clock: Clock, random: Random): Backends {
  const { requestsPerBackend } = options;
  const states: State[] = options.backends.map(({ host, port }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
    const to = { agent, host, port: port ?? 0, path: '/', method: 'POST' };
    return { options: to, agent, inFlight: 0, failures: 0, trialAtMs: 0 };
  });
  /** Where the search begins, so that among equals each has its turn. */
  let turn = 0;

  function mayBeAsked({ inFlight, failures, trialAtMs }: State, nowMs: number): boolean {
    return failures === 0 ? inFlight < requestsPerBackend : inFlight === 0 && trialAtMs <= nowMs;
  }

  function failed(state: State): void {
    // All that was under way fails at once; that is one failure.
    if (state.failures > 0 && state.trialAtMs > clock.nowMs()) return;
    state.failures++;
    state.trialAtMs = clock.nowMs() + retryDelayMs(state.failures, random);
  }

  return {
    choose() {
      const nowMs = clock.nowMs();
      let best = -1;
      for (let i = 0; i < states.length; i++) {
        const at = (turn + i) % states.length;
        if (!mayBeAsked(states[at], nowMs)) continue;
        if (best === -1 || states[at].inFlight < states[best].inFlight) best = at;
      }
      if (best === -1) return null;
      turn = best + 1;
      return best;
    },
    post(backend, text, told) {
      const state = states[backend];
      const body = Buffer.from(text);
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      let isOver = false;
      state.inFlight++;

      const end = (outcome: Outcome | null) => {
        if (isOver) return;
        isOver = true;
        state.inFlight--;
        if (outcome === null || outcome.type === 'unreachable') failed(state);
        else state.failures = 0;
        if (outcome !== null) told(outcome);
      };
      const unreachable = () => end({ type: 'unreachable' });

      const posted = request({ ...state.options, headers }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) response.destroy();
        });
        response.on('error', unreachable);
        response.on('close', unreachable);
        response.on('end', () => end(outcomeOf(response.statusCode ?? 0, chunks)));
      });
      posted.on('error', unreachable);
      posted.end(body);
      return () => {
        end(null);
        posted.destroy();
      };
    },
    reachable: () => states.filter(({ failures }) => failures === 0).length,
    rest() {
      const kept = states.flatMap(({ agent }) =>
        Object.values(agent.freeSockets).flatMap((list) => list ?? []),
      );
      for (const socket of kept) socket.destroy();
    },
    nextTrialMs() {
      const trials = states.filter(({ failures, inFlight }) => failures > 0 && inFlight === 0);
      return trials.length === 0 ? null : Math.min(...trials.map(({ trialAtMs }) => trialAtMs));
    },
    close() {
      for (const { agent } of states) agent.destroy();
    },
  };
}

function outcomeOf(status: number, chunks: Buffer[]): Outcome {
  if (NOT_NOW.includes(status)) return { type: 'unreachable' };
  const answer = status === OK ? readAnswer(Buffer.concat(chunks).toString()) : null;
  return answer === null ? { type: 'misunderstood' } : { type: 'answered', answer };
}
