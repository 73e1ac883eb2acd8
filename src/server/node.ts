/**
 * The process of one node. It is forked by a topology, told its options in its one argument, and lives exactly as
 * long as its channel: when the parent is gone, however it went, so is the node.
 */

import { systemClock } from '../base/clock.ts';
import { WsscaleError } from '../base/errors.ts';
import { collectGarbage } from '../base/garbage.ts';
import { createRandom, freshSeed } from '../base/random.ts';
import type { FromNode, ToNode } from './control.ts';
import { collectAfterWaves } from './idle-collection.ts';
import { listen } from './listen.ts';
import type { NodeOptions } from './options.ts';
import { createSampler } from './sampling.ts';
import { settle } from './settling.ts';
import { standStill } from './stand-still.ts';

/** Of the sample that nobody asked for. */
const LAST = -1;

process.title = 'wsscale-node';

// Ctrl-C reaches the whole process group. What it means is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('disconnect', () => process.exit(0));
// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) process.exit(0);

const options: NodeOptions = JSON.parse(process.argv[2]);

try {
  // Ports are not part of what a seed repeats: two runs with the same seed may stand side by side.
  const node = await listen(options, systemClock, createRandom(freshSeed(), 'port'));
  collectAfterWaves(systemClock, () => node.counts.opened, collectGarbage);
  const sampleProcess = createSampler(
    options.role,
    systemClock,
    node.counts,
    node.connections,
    node.counts.rooms,
    node.faults,
  );
  const sample = () => ({
    ...sampleProcess(),
    ...node.carriage(),
    ...(options.region && { region: options.region.name }),
    ...(node.gateway && { edge: node.gateway.sample() }),
    ...(node.direct && { direct: node.direct.sample() }),
    pagesUrl: node.url.replace('ws:', 'http:'),
  });
  const settleNode = async () => {
    await node.gateway?.rest();
    return settle(options.role, systemClock, node.connections);
  };

  process.on('message', (message: ToNode) => {
    switch (message.type) {
      case 'sample':
        return tell({ type: 'sample', id: message.id, sample: sample() });
      case 'settle':
        return void settleNode().then((process) => tell({ type: 'settled', id: message.id, process }));
      case 'drain':
        return node.drain();
      case 'part':
        return void node.part(message.ending).then(() => tell({ type: 'done', id: message.id }));
      case 'hang':
        return tell({ type: 'done', id: message.id }, () => standStill(message.forMs));
      case 'gateways':
        node.gateway?.meet(message.at);
        return tell({ type: 'done', id: message.id });
      case 'stop':
        void node
          .close(message.goodbye)
          .then(() => tell({ type: 'sample', id: LAST, sample: sample() }, () => process.exit(0)));
    }
  });
  tell({ type: 'listening', url: node.url, port: node.port, atMs: systemClock.nowMs() });
} catch (error) {
  if (!(error instanceof WsscaleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
function tell(message: FromNode, then: () => void = () => {}): void {
  process.send?.(message, then);
}
