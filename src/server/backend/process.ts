/**
 * The process of one backend. Like a node's, it is forked by a topology, told its options in its one argument, and
 * lives exactly as long as its channel.
 */

import { systemClock } from '../../base/clock.ts';
import { WsscaleError } from '../../base/errors.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import type { FromNode, ToNode } from '../control.ts';
import { createSampler } from '../sampling.ts';
import { settle } from '../settling.ts';
import { type BackendOptions, listenBackend } from './backend.ts';

/** Of the sample that nobody asked for. */
const LAST = -1;

process.title = 'wsscale-backend';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: BackendOptions = JSON.parse(process.argv[2]);

try {
  const { port, counts, close } = await listenBackend(
    options,
    systemClock,
    createRandom(freshSeed(), 'port'),
  );
  const url = `http://${options.host}:${port}`;
  const sampleProcess = createSampler(options.role, systemClock, counts, () => 0, null);
  const sample = () => ({ ...sampleProcess(), pagesUrl: url });

  process.on('message', (message: ToNode) => {
    switch (message.type) {
      case 'sample':
        return tell({ type: 'sample', id: message.id, sample: sample() });
      case 'settle':
        return void settle(options.role, systemClock, () => 0).then((process) =>
          tell({ type: 'settled', id: message.id, process }),
        );
      case 'stop':
        void close().then(() => tell({ type: 'sample', id: LAST, sample: sample() }, () => process.exit(0)));
    }
  });
  tell({ type: 'listening', url, port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromNode, then: () => void = () => {}): void {
  process.send?.(message, then);
}
