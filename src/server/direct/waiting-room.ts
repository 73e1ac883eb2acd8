/**
 * Mail for users that are not here: because they have left and may come back, because nobody has told yet where they
 * are, or because the node that they came from has still to hand them over. It waits for so long, and for no longer.
 */

import { bytesOf, type Mail } from './mail.ts';

interface Waiting {
  mail: Mail;
  untilMs: number;
}

export interface WaitingRoom {
  /** False if it is full. */
  add(mail: Mail, untilMs: number): boolean;
  /** Takes out what waits for a user, in its order. */
  take(user: string): Mail[];
  /** Takes out what has waited for too long. */
  takeExpired(nowMs: number): Mail[];
}

export function createWaitingRoom(limits: { messages: number; bytes: number }): WaitingRoom {
  const users = new Map<string, Waiting[]>();
  let messages = 0;
  let bytes = 0;

  function removed({ mail }: Waiting): Mail {
    messages--;
    bytes -= bytesOf(mail);
    return mail;
  }

  return {
    add(mail, untilMs) {
      if (messages >= limits.messages || bytes + bytesOf(mail) > limits.bytes) return false;
      messages++;
      bytes += bytesOf(mail);
      const known = users.get(mail.to);
      if (known === undefined) users.set(mail.to, [{ mail, untilMs }]);
      else known.push({ mail, untilMs });
      return true;
    },
    take(user) {
      const waiting = users.get(user) ?? [];
      users.delete(user);
      return waiting.map(removed);
    },
    takeExpired(nowMs) {
      const expired: Mail[] = [];
      for (const [user, waiting] of users) {
        const rest = waiting.filter(({ untilMs }) => untilMs > nowMs);
        if (rest.length === waiting.length) continue;
        for (const one of waiting) if (one.untilMs <= nowMs) expired.push(removed(one));
        if (rest.length === 0) users.delete(user);
        else users.set(user, rest);
      }
      return expired;
    },
  };
}
