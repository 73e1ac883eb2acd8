import type { WanLine } from '../wan/line.ts';
import type { Stream } from './stream.ts';

/** A stream at the other end of a network: what is appended arrives later, and so does its confirmation. */
export function atDistance(stream: Stream, there: WanLine, back: WanLine): Stream {
  return {
    append(lane, body, told) {
      there.carry(() => stream.append(lane, body, (result) => back.carry(() => told(result))));
    },
    close: () => stream.close(),
  };
}
