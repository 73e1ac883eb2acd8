import type { Address } from '../ports.ts';

/** Makes a node a gateway: it holds the connections, and backends say what is done with what comes over them. */
export interface GatewayOptions {
  /** Its number among the gateways. The ids of its connections begin with it. */
  index: number;
  backends: readonly Address[];
  /** Requests that are under way at once to each backend. */
  requestsPerBackend: number;
  /** Events, and bytes of them, that may wait for a backend. What comes beyond has failed. */
  queuedEvents: number;
  queuedBytes: number;
  /** An event that has no answer by then has failed. */
  eventTimeoutMs: number;
}

export const DEFAULT_GATEWAY_LIMITS: Omit<GatewayOptions, 'index' | 'backends'> = {
  requestsPerBackend: 64,
  queuedEvents: 10_000,
  queuedBytes: 32 * 1024 * 1024,
  eventTimeoutMs: 5_000,
};
