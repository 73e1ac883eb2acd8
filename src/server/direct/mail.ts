import type { Letter } from './entries.ts';
import type { DirectErrorCode } from './requests.ts';

/** A letter in the hands of a node, which it is to bring to an end: one of the two is called, once. */
export interface Mail extends Letter {
  /** It was delivered, or is another node's now, or was given up. */
  settle(): void;
  /** It comes to nothing, and whoever sent it here is told. */
  refuse(code: DirectErrorCode, text: string): void;
  /** It was here because its receiver was thought to be. */
  isAstray: boolean;
}

/** What a letter takes of a node's memory, roughly. */
export function bytesOf({ payload }: Letter): number {
  return payload.length + 256;
}
