/**
 * The process of an embedded broker. Like a node's, it is forked by a topology, told its options in its one argument,
 * and lives exactly as long as its channel.
 */

import { systemClock } from '../../base/clock.ts';
import { WsscaleError } from '../../base/errors.ts';
import { createRandom, freshSeed } from '../../base/random.ts';
import type { FromNode, ToNode } from '../control.ts';
import type { BrokerProcessOptions } from '../options.ts';
import { createSampler } from '../sampling.ts';
import { settle } from '../settling.ts';
import { listenBroker } from './embedded-server.ts';
import { monitorBroker } from './monitor.ts';

process.title = 'wsscale-broker';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: BrokerProcessOptions = JSON.parse(process.argv[2]);

try {
  const random = createRandom(freshSeed(), 'port');
  const broker = await listenBroker(options, systemClock, random);
  const monitor = await monitorBroker(options, broker, systemClock, random);
  const sampleProcess = createSampler(options.role, systemClock, broker.counts, () => 0, null);
  const sample = () => ({ ...sampleProcess(), pagesUrl: monitor.url });

  process.on('message', (message: ToNode) => {
    switch (message.type) {
      case 'sample':
        return tell({ type: 'sample', id: message.id, sample: sample() });
      case 'settle':
        return void settle(options.role, systemClock, () => 0).then((process) =>
          tell({ type: 'settled', id: message.id, process }),
        );
      case 'drain':
        return;
      case 'stop':
        void broker.close().then(() => process.exit(0));
    }
  });
  const { port } = broker;
  tell({ type: 'listening', url: `tcp://${options.host}:${port}`, port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromNode, then: () => void = () => {}): void {
  process.send?.(message, then);
}
