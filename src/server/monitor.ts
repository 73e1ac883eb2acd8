/**
 * `/health` and `/metrics` of a process whose own port speaks no HTTP, or none that everybody may ask: on a port
 * beside it.
 */

import { createServer } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { readLimits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { type Check, judgeProcess, watchProcess } from './health.ts';
import type { MetricSet } from './metric-set.ts';
import { createPages, type Labels } from './pages.ts';
import { bind } from './ports.ts';

/** Who monitors keeps a connection or two; nobody else may take the descriptors of the process. */
const MAX_CONNECTIONS = 32;

export interface MonitorSources {
  labels: Labels;
  /** What decides beside the process itself whether it is fit. */
  checks?: () => Record<string, Check>;
  /** Puts in what it tells beside that. */
  addMetrics(metrics: MetricSet): void;
}

/** The pages of a process, and where they are. */
export interface Monitor {
  /** Of the form `http://host:port`. */
  url: string;
  stop(): void;
}

/**
 * Starts to answer.
 *
 * @throws WsscaleError `TARGET` if it cannot listen
 */
export async function startMonitor(
  { labels, checks, addMetrics }: MonitorSources,
  clock: Clock,
  random: Random,
): Promise<Monitor> {
  const { reading, stop } = watchProcess(clock);
  const health = () => judgeProcess(reading(), checks?.());
  const pages = createPages({
    labels,
    health,
    loadMetrics: async () => {
      const [{ createMetricSet }, { addProcessMetrics }] = await Promise.all([
        import('./metric-set.ts'),
        import('./process-metrics.ts'),
      ]);
      const metrics = createMetricSet(labels);
      addProcessMetrics(metrics, { reading, health });
      addMetrics(metrics);
      return metrics.registry;
    },
    isService: () => false,
  });
  const server = createServer(pages);
  server.maxConnections = MAX_CONNECTIONS;
  const host = '127.0.0.1';
  const port = await bind(server, { host, port: null }, readLimits(), random).catch((error) => {
    stop();
    throw error;
  });
  return {
    url: `http://${host}:${port}`,
    stop() {
      stop();
      server.close();
      server.closeAllConnections();
    },
  };
}
