import { type PartProcess, startPart } from '../part-process.ts';
import type { Backend, Balancer, BalancerOptions } from './balancer.ts';
import type { BalancerProcessOptions } from './process.ts';

/** It says no goodbyes: its end is the end of its connections. */
const STOP_TIMEOUT_MS = 2_000;

/** The balancer that needs nothing but Node.js, in a process of its own. */
export function createEmbedded({ routing, host, port, processes }: BalancerOptions): Balancer {
  let backends: readonly Backend[] = [];
  let balancer: PartProcess | null = null;

  return {
    async start(all) {
      backends = all;
      const argument: BalancerProcessOptions = { role: 'balancer', host, port, routing, backends: [...all] };
      balancer = processes.start(() =>
        startPart({
          part: 'balancer',
          role: 'balancer',
          title: 'The balancer',
          entry: 'topology/balancer/process',
          argument,
          stopTimeoutMs: STOP_TIMEOUT_MS,
        }),
      );
      return (await balancer.listening).url;
    },
    async drain(backend) {
      await balancer?.ask({ type: 'drainBackend', backend: backends.indexOf(backend) });
    },
    async restore(backend) {
      await balancer?.ask({ type: 'restoreBackend', backend: backends.indexOf(backend) });
    },
    async stop() {
      await balancer?.stop();
    },
  };
}
