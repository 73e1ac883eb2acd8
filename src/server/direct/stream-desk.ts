/**
 * The streams' part of an embedded broker: bounded logs in its memory, one for each lane. An entry stays until whoever
 * reads the lane has acknowledged it; a reader that comes is sent all that there are, and then those that follow.
 */

import type { LaneLimits } from './stream.ts';
import {
  APPEND,
  appendedFrame,
  DONE,
  entryFrame,
  isStreamBody,
  READ,
  readAppend,
  readDone,
  readLane,
} from './stream-frames.ts';

/** A connection of a node, as a broker has it. */
interface Node {
  write(frame: Buffer): void;
}

interface Lane {
  entries: Map<number, Buffer>;
  bytes: number;
  lastNumber: number;
  reader: Node | null;
}

export interface StreamDesk {
  /** Takes the body of a frame of the type STREAM; false of one that is none of ours. */
  handle(node: Node, body: Buffer): boolean;
  remove(node: Node): void;
}

export function createStreamDesk(limits: LaneLimits): StreamDesk {
  const lanes = new Map<number, Lane>();

  function laneOf(number: number): Lane {
    const known = lanes.get(number);
    if (known !== undefined) return known;
    const lane = { entries: new Map(), bytes: 0, lastNumber: 0, reader: null };
    lanes.set(number, lane);
    return lane;
  }

  function append(node: Node, body: Buffer): void {
    const { lane: of, entry } = readAppend(body);
    const lane = laneOf(of);
    const fits = lane.entries.size < limits.entries && lane.bytes + entry.length <= limits.bytes;
    node.write(appendedFrame(fits));
    if (!fits) return;
    const number = ++lane.lastNumber;
    // The body shares its memory with a whole chunk that was read.
    lane.entries.set(number, Buffer.from(entry));
    lane.bytes += entry.length;
    lane.reader?.write(entryFrame(number, entry));
  }

  function read(node: Node, body: Buffer): void {
    const lane = laneOf(readLane(body));
    lane.reader = node;
    for (const [number, entry] of lane.entries) node.write(entryFrame(number, entry));
  }

  function acknowledge(body: Buffer): void {
    const lane = laneOf(readLane(body));
    const number = readDone(body);
    lane.bytes -= lane.entries.get(number)?.length ?? 0;
    lane.entries.delete(number);
  }

  return {
    handle(node, body) {
      if (!isStreamBody(body)) return false;
      switch (body[1]) {
        case APPEND:
          append(node, body);
          return true;
        case READ:
          read(node, body);
          return true;
        case DONE:
          acknowledge(body);
          return true;
        default:
          return false;
      }
    },
    remove(node) {
      for (const lane of lanes.values()) if (lane.reader === node) lane.reader = null;
    },
  };
}
