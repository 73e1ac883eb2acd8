/**
 * What the processes of a topology and the process that started them say to each other. Nodes speak the language of
 * `server/control.ts`; this adds what only balancers and supervisors are told.
 */

import type { FromNode, ToNode } from '../server/control.ts';
import type { Reading } from './sample.ts';

export type ToPart =
  | ToNode
  /** To a balancer: keep the connections to this backend, open no new ones. Answered by `done`. */
  | { type: 'drainBackend'; id: number; backend: number }
  /** To a supervisor: let the program read its configuration again. Answered by `done` when it goes by it. */
  | { type: 'reload'; id: number };

export type FromPart =
  | Exclude<FromNode, { type: 'sample' }>
  | { type: 'sample'; id: number; sample: Reading }
  | { type: 'done'; id: number }
  /** From a supervisor, before it ends, too: its program ended unasked. */
  | { type: 'ended'; pid: number; exitCode: number | null; signal: string | null; lastWords: string };
