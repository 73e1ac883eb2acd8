/**
 * What the processes behind a GRIP proxy are started with. It travels as JSON in their arguments.
 */

import type { RoomLimits } from '../options.ts';

export type GripOptions = GripAddress &
  (
    | { does: 'backend' /** Of the process that keeps the rooms. */; roomsUrl: string }
    | { does: 'rooms'; limits: RoomLimits /** Where the proxy takes publications. */; publishUrl: string }
  );

interface GripAddress {
  /** What the process is called in samples. */
  role: string;
  host: string;
  /** As that of a node. */
  port: number | null;
}
