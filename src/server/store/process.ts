/**
 * The process of the embedded store. Like a node's, it is forked by a topology, told its options in its one argument,
 * and lives exactly as long as its channel. Its file goes with it where it ends in order; one that was killed leaves it
 * to whoever comes in its place.
 */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { WsscaleError } from '../../base/errors.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import type { FromNode, ToNode } from '../control.ts';
import type { StoreProcessOptions } from '../options.ts';
import { createSampler } from '../sampling.ts';
import { settle } from '../settling.ts';
import { monitorStore } from './monitor.ts';
import { listenStore } from './sqlite-server.ts';

process.title = 'wsscale-store';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const options: StoreProcessOptions = JSON.parse(process.argv[2]);

process.on('disconnect', end);
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) end();

try {
  const random = createRandom(freshSeed(), 'port');
  const store = await listenStore(options, random);
  const monitor = await monitorStore(options.role, store.counts, systemClock, random);
  const sampleProcess = createSampler(options.role, systemClock, store.counts, () => 0, null);
  const sample = () => ({ ...sampleProcess(), pagesUrl: monitor.url });

  process.on('message', (message: ToNode) => {
    switch (message.type) {
      case 'sample':
        return tell({ type: 'sample', id: message.id, sample: sample() });
      case 'settle':
        return void settle(options.role, systemClock, () => 0).then((process) =>
          tell({ type: 'settled', id: message.id, process }),
        );
      case 'stop':
        void store.close().then(end);
    }
  });
  const { port } = store;
  tell({ type: 'listening', url: `tcp://${options.host}:${port}`, port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

/** The file is alone in its folder. */
function end(): void {
  rmSync(dirname(options.file), { recursive: true, force: true });
  process.exit(0);
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromNode, then: () => void = () => {}): void {
  process.send?.(message, then);
}
