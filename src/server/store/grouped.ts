/**
 * The contract of a store over a link that takes groups: what comes while a group is written is the next group, so a
 * burst costs a few transactions, and a single message waits for nobody. The node goes on meanwhile; only what is
 * published waits for its group.
 */

import type { Clock } from '../../base/clock.ts';
import { createHistogram, recordMs, takeCounts } from '../../stats/histogram.ts';
import type { StoreCounters } from '../control.ts';
import type { MessageStore, StoredMessage, StoreLink } from './store.ts';

const MAX_GROUP_MESSAGES = 1_000;
/** What may wait to be stored; beyond, the store counts as out of reach. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** What a message that waits costs beside its bytes, roughly. */
const MESSAGE_BYTES = 256;

interface Waiting extends StoredMessage {
  /** On the clock that measures. */
  givenAtMs: number;
  told: (isStored: boolean) => void;
}

/** What became of the messages so far. */
export type StoreCounts = Omit<StoreCounters, 'latency'>;

/** @param prefix of the messages' ids: no other node has it, nor had it */
export function createGroupedStore(link: StoreLink, prefix: string, clock: Clock): MessageStore {
  const latency = createHistogram();
  const counts: StoreCounts = { writes: 0, failed: 0, batches: 0 };
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let given = 0;
  let isWriting = false;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_GROUP_MESSAGES);
      waiting = waiting.slice(MAX_GROUP_MESSAGES);
      const isStored = await link.write(group).then(
        () => true,
        () => false,
      );
      conclude(group, isStored);
    }
    isWriting = false;
  }

  function conclude(group: readonly Waiting[], isStored: boolean): void {
    const nowMs = clock.nowMs();
    if (isStored) counts.batches++;
    for (const { payload, givenAtMs, told } of group) {
      waitingBytes -= payload.length + MESSAGE_BYTES;
      if (isStored) {
        counts.writes++;
        recordMs(latency, nowMs - givenAtMs);
      } else {
        counts.failed++;
      }
      told(isStored);
    }
  }

  return {
    get isLost() {
      return link.isLost;
    },
    counts,
    get counters() {
      return { ...counts, latency: takeCounts(latency.slice()) };
    },
    put(room, payload, told) {
      const bytes = payload.length + MESSAGE_BYTES;
      if (link.isLost || waitingBytes + bytes > MAX_WAITING_BYTES) {
        counts.failed++;
        return told(false);
      }
      waitingBytes += bytes;
      waiting.push({
        ...{ id: `${prefix}-${given++}`, room, payload, told },
        ...{ atMs: clock.wallTime().getTime(), givenAtMs: clock.nowMs() },
      });
      if (isWriting) return;
      isWriting = true;
      // What arrives with this message is of the same group.
      setImmediate(writeAll);
    },
    close: () => link.close(),
  };
}
