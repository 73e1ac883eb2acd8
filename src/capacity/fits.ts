/**
 * What a node takes, by the connections that it holds and the messages that it handles: a sum of terms, of which those
 * that the phases cannot tell from the ones before are left out.
 *
 *     y = a + Σ b·term(load)      a: of a process that does nothing; nothing is below 0
 *
 * Phases err by a share of what they measured, so each counts by 1/ŷ². The interval is that of one new phase, by the
 * scatter of those that were measured, and wider the more of it was not measured. It is not known where there are too
 * few.
 */

import { type Fit, fitCurve, type Model } from '../stats/least-squares.ts';
import type { Prediction } from './capacity-plan.ts';
import type { Observation } from './observation.ts';

/** Of one node. */
export interface Load {
  connections: number;
  messagesPerS: number;
}

/** What a load is to a figure. */
export interface Term {
  name: string;
  of(load: Load): number;
}

export const CONNECTIONS: Term = { name: 'connections', of: ({ connections }) => connections };
export const MESSAGES: Term = { name: 'messages', of: ({ messagesPerS }) => messagesPerS };
/**
 * The more connections messages are spread over, the less of what one needs is in a cache when it comes. Each level of
 * memory is some times as large and as slow as the one before, so it is their logarithm that counts.
 */
export const SPREAD: Term = {
  name: 'how many connections they are spread over',
  of: ({ connections, messagesPerS }) => messagesPerS * decadesOf(connections),
};
export const DECADES: Term = {
  name: 'the logarithm of connections',
  of: ({ connections }) => decadesOf(connections),
};

function decadesOf(connections: number): number {
  return Math.log10(Math.max(1, connections));
}

/** A figure of a node under any load. */
export interface Fitted {
  at(load: Load): Prediction;
  points: { load: Load; y: number; phase: string }[];
}

/** What was measured is believed up to so many times of it. */
export const MAX_EXTRAPOLATION = 4;
/** What is to be inside an interval. */
const PROBABILITY = 0.9;
/**
 * What is added beyond the most that was measured may be wrong by so much of it: scatter says nothing of where a curve
 * bends.
 */
const BENT_RATIO = 0.2;
/** A term is told from others if so much of it is none of theirs. */
const OWN_SHARE = 0.05;

interface Known {
  load: Load;
  y: number;
  phase: string;
}

/**
 * @param terms that it may depend on, the one that it depends on most first
 * @param few where the phases do not tell how it depends: in proportion to the first term, or constant
 * @returns null if no phase tells
 */
export function fitOf(
  observations: readonly Observation[],
  of: (observation: Observation) => number | null,
  terms: readonly Term[],
  few: 'in proportion' | 'constant',
): Fitted | null {
  const points = observations.flatMap((observation): Known[] => {
    const y = of(observation);
    const { connections, messagesPerS, phase } = observation;
    return y === null || y <= 0 ? [] : [{ load: { connections, messagesPerS }, y, phase }];
  });
  if (points.length === 0) return null;
  const told = tellable(points, terms);
  const isKnown = few === 'constant' ? points.length >= 2 : told.includes(terms[0]);
  if (isKnown) return { points, at: ofMany(points, told) };
  return { points, at: ofFew(points, few === 'constant' ? null : terms[0]) };
}

/** Those terms of which a part is neither constant nor in the terms before, by Gram and Schmidt. */
function tellable(points: readonly Known[], terms: readonly Term[]): Term[] {
  const told: Term[] = [];
  const basis = [unit(points.map(() => 1))];
  for (const term of terms) {
    // A degree of freedom must be left for the scatter.
    if (told.length + 3 > points.length) break;
    const column = points.map(({ load }) => term.of(load));
    const own = basis.reduce((rest, direction) => {
      const along = dot(rest, direction);
      return rest.map((value, i) => value - along * direction[i]);
    }, column);
    if (Math.sqrt(dot(own, own)) <= OWN_SHARE * Math.sqrt(dot(column, column))) continue;
    told.push(term);
    basis.push(unit(own));
  }
  return told;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function unit(values: readonly number[]): number[] {
  const length = Math.sqrt(dot(values, values));
  return values.map((value) => value / length);
}

function ofMany(points: readonly Known[], terms: readonly Term[]): Fitted['at'] {
  const fit = fitTerms(points, terms);
  const from = points.map(({ phase }) => phase);
  return (load) => {
    const { value } = fit.predict(load, PROBABILITY);
    const { halfWidth } = fit.predict(load, PROBABILITY, 1 / value ** 2);
    const added = value - fit.predict(edgeOf(points, load), PROBABILITY).value;
    const half = Math.hypot(halfWidth, BENT_RATIO * added) * widening(points, load);
    return {
      ...{ value, low: Math.max(0, value - half), high: value + half },
      basis: 'measured',
      from,
      words:
        terms.length === 0
          ? `the mean of ${points.length} phases`
          : `a fit of ${points.length} phases by ${terms.map(({ name }) => name).join(' and ')}`,
    };
  };
}

/** Fitted twice: what a phase errs by is a share of what the first fit says of it. */
function fitTerms(points: readonly Known[], terms: readonly Term[]): Fit<Load> {
  const model: Model<Load> = {
    value: (load, [a, ...each]) => a + each.reduce((sum, by, i) => sum + by * terms[i].of(load), 0),
    gradient: (load) => [1, ...terms.map((term) => term.of(load))],
    bounds: Array.from({ length: terms.length + 1 }, () => [0, Number.POSITIVE_INFINITY]),
  };
  const start = [Math.min(...points.map(({ y }) => y)), ...terms.map(() => 0)];
  const weighted = (size: (point: Known) => number) =>
    points.map((point) => ({ x: point.load, y: point.y, weight: 1 / size(point) ** 2 }));
  const first = fitCurve(
    model,
    weighted(({ y }) => y),
    start,
  );
  const second = weighted(({ load }) => model.value(load, first.parameters));
  return fitCurve(model, second, first.parameters);
}

/** By the phase with the greatest load alone. */
function ofFew(points: readonly Known[], by: Term | null): Fitted['at'] {
  const size = (point: Known) => (by ?? CONNECTIONS).of(point.load);
  const most = points.reduce((a, b) => (size(b) > size(a) ? b : a));
  const isScaled = by !== null && size(most) > 0;
  return (load) => ({
    value: isScaled ? (most.y * by.of(load)) / size(most) : most.y,
    low: null,
    high: null,
    basis: 'measured',
    from: [most.phase],
    words: isScaled
      ? `in proportion to ${by.name}, since too few phases of different load say more`
      : 'as measured, since too few phases say how it depends on the load',
  });
}

/** As much of a load as was measured. */
function edgeOf(points: readonly Known[], load: Load): Load {
  const within = (of: keyof Load) => Math.min(load[of], Math.max(...points.map((point) => point.load[of])));
  return { connections: within('connections'), messagesPerS: within('messagesPerS') };
}

/** Beyond four times the most that was measured, an interval is as many times wider as one goes beyond. */
function widening(points: readonly Known[], load: Load): number {
  return Math.max(1, extrapolationOf(points, load) / MAX_EXTRAPOLATION);
}

/** How many times the most that was measured: connections or messages, whichever is more. */
export function extrapolationOf(points: readonly { load: Load }[], load: Load): number {
  const times = (of: keyof Load) => {
    const most = Math.max(0, ...points.map((point) => point.load[of]));
    return load[of] === 0 ? 0 : most === 0 ? Number.POSITIVE_INFINITY : load[of] / most;
  };
  return Math.max(times('connections'), times('messagesPerS'));
}
