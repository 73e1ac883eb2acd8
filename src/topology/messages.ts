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
  /** To a balancer: open connections to this backend again. Answered by `done`. */
  | { type: 'restoreBackend'; id: number; backend: number }
  /** To a DNS: answered by `done` when the region is up, at once if it is. */
  | { type: 'awaitRegion'; id: number; region: number }
  /** To a supervisor: let the program read its configuration again. Answered by `done` when it goes by it. */
  | { type: 'reload'; id: number }
  /** To a supervisor: end the program, which will be started again: what it has on the disk stays. */
  | { type: 'interrupt'; signal: InterruptSignal };

/** How a program ends that will be started again: as it wants, or as by a crash. */
export type InterruptSignal = 'SIGTERM' | 'SIGKILL';

export type FromPart =
  | Exclude<FromNode, { type: 'sample' }>
  | { type: 'sample'; id: number; sample: Reading }
  /** From a supervisor, before it ends, too: its program ended unasked. */
  | { type: 'ended'; pid: number; exitCode: number | null; signal: string | null; lastWords: string };
