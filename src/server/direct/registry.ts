/**
 * Who is where: of each user the node that took it in last. Every node keeps all of it, and tells the others of the
 * users that come to it. Of two tellings the later one holds, and of two of the same time that of the higher node, so
 * all nodes come to know the same, in whatever order and however often they are told.
 */

/** A telling: at this time the user was at this node. */
export interface Whereabouts {
  user: string;
  /** On the clock that all nodes share, and later than all that the node had been told of the user. */
  atMs: number;
  node: number;
  /** The user has left for good, as far as the node knows. */
  isGone: boolean;
}

export interface Registry {
  readonly size: number;
  get(user: string): Whereabouts | null;
  /** What this node tells of a user that is here now, or gone; null where it would be one too many. */
  tell(user: string, node: number, isGone: boolean, nowMs: number): Whereabouts | null;
  /** Takes a telling; false if a later one is known. The same one again changes nothing, and is true. */
  merge(told: Whereabouts): boolean;
  /** Forgets those that were told to be gone before that time: whatever is older has long been told. */
  forgetGone(beforeMs: number): void;
  all(): Iterable<Whereabouts>;
}

/** The least step between two tellings of one user: some nodes may be a little behind. */
const STEP_MS = 0.001;

export function createRegistry(maxUsers: number): Registry {
  const users = new Map<string, Whereabouts>();

  return {
    get size() {
      return users.size;
    },
    get: (user) => users.get(user) ?? null,
    tell(user, node, isGone, nowMs) {
      const known = users.get(user);
      if (known === undefined && users.size >= maxUsers) return null;
      const atMs = Math.max(nowMs, (known?.atMs ?? 0) + STEP_MS);
      const told = { user, atMs, node, isGone };
      users.set(user, told);
      return told;
    },
    merge(told) {
      const known = users.get(told.user);
      if (known === undefined) {
        if (users.size < maxUsers) users.set(told.user, told);
        return true;
      }
      if (!isLater(told, known)) return isSame(told, known);
      users.set(told.user, told);
      return true;
    },
    forgetGone(beforeMs) {
      for (const { user, atMs, isGone } of users.values()) {
        if (isGone && atMs < beforeMs) users.delete(user);
      }
    },
    all: () => users.values(),
  };
}

/** A total order, so that whoever merges the same tellings ends with the same one. */
function isLater(told: Whereabouts, known: Whereabouts): boolean {
  if (told.atMs !== known.atMs) return told.atMs > known.atMs;
  if (told.node !== known.node) return told.node > known.node;
  return told.isGone && !known.isGone;
}

function isSame(told: Whereabouts, known: Whereabouts): boolean {
  return told.atMs === known.atMs && told.node === known.node && told.isGone === known.isGone;
}
