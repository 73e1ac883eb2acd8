/**
 * Who is compared. A contender is its name, what is missing on this machine to run it (or null), the command that does
 * a job, and the round trip that it reports of a run. The floor comes first: the others are told as ratios to it.
 */
import { artillery } from './artillery.mjs';
import { floor } from './floor.mjs';
import { k6 } from './k6.mjs';
import { tcpkali } from './tcpkali.mjs';
import { before, raw, ws } from './wsscale.mjs';

export const contenders = { floor, raw, ws, before, tcpkali, k6, artillery };
