/** What lifts a limit on the machine that was read. */

import type { Readings } from '../readings.ts';
import type { LimitKey } from '../table.ts';
import { ON_LINUX } from './linux.ts';
import { ON_MACOS } from './macos.ts';
import type { Remedy } from './remedy.ts';

/** What needs no root first; empty where nothing lifts it, or nobody knows what would. */
export function remediesOf(limit: LimitKey, readings: Readings): Remedy[] {
  switch (readings.platform) {
    case 'linux':
      return ON_LINUX[limit](readings);
    case 'macos':
      return ON_MACOS[limit](readings);
    case 'other':
      return [];
  }
}

/** The first of them that is one command, for where there is room for one. */
export function commandFor(limit: LimitKey, readings: Readings): string | null {
  const remedy = remediesOf(limit, readings).find(({ kind }) => kind === 'command');
  return remedy?.kind === 'command' ? remedy.command : null;
}
