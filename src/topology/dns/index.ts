import { REGIONS_NAME } from '../../model/places.ts';
import type { PartProcess } from '../part-process.ts';
import { startPart } from '../part-process.ts';
import type { Processes } from '../processes.ts';
import type { Transition } from './health.ts';
import type { DnsProcessOptions } from './process.ts';

const HOST = '127.0.0.1';
const STOP_TIMEOUT_MS = 2_000;
/** Beyond two checks, how long a region that serves again may go unnoticed. */
const PATIENCE_MS = 5_000;

/** The DNS that sends clients to the nearest region. */
export interface Dns {
  /** Of the form `host:port`. */
  server: string;
  /** What it has noticed so far, as far as it answers. */
  transitions(): Promise<readonly Transition[]>;
  /** Resolves when it has found the region up, or should have long ago. */
  untilUp(region: number): Promise<void>;
}

/**
 * Starts it, for nodes that listen.
 *
 * @throws WsscaleError `TARGET` if it does not start
 */
export async function startDns(
  processes: Processes,
  options: Omit<DnsProcessOptions, 'role' | 'host' | 'name'>,
): Promise<Dns> {
  const argument: DnsProcessOptions = { role: 'dns', host: HOST, name: REGIONS_NAME, ...options };
  const dns: PartProcess = processes.start(() =>
    startPart({
      part: 'dns',
      role: argument.role,
      title: 'The DNS',
      entry: 'topology/dns/process',
      argument,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    }),
  );
  const { port } = await dns.listening;
  return {
    server: `${HOST}:${port}`,
    async transitions() {
      await dns.sample();
      const { lastSample } = dns;
      return (lastSample !== null && 'transitions' in lastSample && lastSample.transitions) || [];
    },
    untilUp: (region) => dns.ask({ type: 'awaitRegion', region }, 2 * options.healthIntervalMs + PATIENCE_MS),
  };
}
