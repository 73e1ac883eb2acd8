/**
 * Reorder density and buffer-occupancy density (RFC 5236) of a sample: the first streams of a table. A stream that is in
 * order costs nothing: its messages are in place, with nothing held, so that they are counted when its epoch ends, or
 * when the first one comes that is out of order. From then on, until the epoch ends, it is followed message by message.
 */

import {
  createOccupancyDensity,
  createReorderDensity,
  type OccupancyDensity,
  type ReorderDensity,
} from './reorder-density.ts';

/** Streams of a table that are looked at. */
export const SAMPLED_STREAMS = 16;
/** What is displaced by more counts as lost, and so many messages the buffer holds at the most. */
export const DENSITY_THRESHOLD = 16;

/** What adds up: over streams, over tables, over time. */
export interface DensityCounts {
  /** Messages by displacement, from −threshold at index 0 to +threshold. */
  displacements: Uint32Array;
  /** Arrivals by how many messages were held back after them. */
  occupancies: Uint32Array;
}

export interface Densities extends DensityCounts {
  /** Streams below this number may be followed: 0 as long as none is. */
  followed: number;
  streams: Map<number, { reorder: ReorderDensity; occupancy: OccupancyDensity }>;
}

export function createDensityCounts(): DensityCounts {
  return {
    displacements: new Uint32Array(2 * DENSITY_THRESHOLD + 1),
    occupancies: new Uint32Array(DENSITY_THRESHOLD + 1),
  };
}

export function createDensities(): Densities {
  return { ...createDensityCounts(), followed: 0, streams: new Map() };
}

/**
 * Takes note of an arrival of which either the stream is followed, or the number is not the expected one.
 *
 * @param arrivals of the stream, before this one
 */
export function receiveSampled(
  densities: Densities,
  stream: number,
  seq: number,
  expected: number,
  arrivals: number,
): void {
  if (stream >= SAMPLED_STREAMS) return;
  let densitiesOf = densities.streams.get(stream);
  if (densitiesOf === undefined) {
    // What is not above the expected number is in order, or a copy, for nothing is missing of the stream.
    if (seq <= expected) return;
    countInPlace(densities, arrivals);
    densitiesOf = {
      reorder: createReorderDensity(DENSITY_THRESHOLD, expected, densities.displacements),
      occupancy: createOccupancyDensity(DENSITY_THRESHOLD, expected, densities.occupancies),
    };
    densities.streams.set(stream, densitiesOf);
    densities.followed = SAMPLED_STREAMS;
  }
  densitiesOf.reorder.receive(seq);
  densitiesOf.occupancy.receive(seq);
}

/** The stream's epoch is over, with so many arrivals. */
export function endSampled(densities: Densities, stream: number, arrivals: number): void {
  if (stream >= SAMPLED_STREAMS) return;
  const followed = densities.streams.get(stream);
  if (followed === undefined) countInPlace(densities, arrivals);
  else followed.reorder.end();
  densities.streams.delete(stream);
  if (densities.streams.size === 0) densities.followed = 0;
}

function countInPlace({ displacements, occupancies }: DensityCounts, messages: number): void {
  displacements[DENSITY_THRESHOLD] += messages;
  occupancies[0] += messages;
}
