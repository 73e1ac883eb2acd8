/**
 * Which epochs of its rooms a member has seen. A room that is numbered anew is a fault of the broker's store; it is
 * counted here, by those who see it.
 */

import { messageStart } from '../room-frames.ts';
import type { FaultCounts } from './counts.ts';

export interface Epochs {
  /** Takes note of a `JOINED` that goes to the member; of other answers, nothing. */
  answered(answer: Buffer): void;
  /** Takes note of a message that goes to the member. */
  passed(frame: Buffer): void;
}

export function createEpochs({ happened }: FaultCounts): Epochs {
  const byRoom = new Map<string, string>();
  return {
    answered(answer) {
      const { verb, room, epoch } = parse(answer.toString('latin1'));
      if (verb === 'JOINED') byRoom.set(room, epoch);
    },
    passed(frame) {
      const { room, epoch } = parse(frame.toString('latin1', messageStart(frame), frame.indexOf('\n')));
      const known = byRoom.get(room);
      if (known !== undefined && known !== epoch) happened['reset-sequence']++;
      byRoom.set(room, epoch);
    },
  };
}

/** `<verb> <room> <seq> <epoch> …` */
function parse(header: string): { verb: string; room: string; epoch: string } {
  const [verb, room, , epoch] = header.split(' ');
  return { verb, room, epoch };
}
