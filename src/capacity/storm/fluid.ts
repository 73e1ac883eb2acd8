/**
 * The same storm as a flow, for policies whose delays have one mean: the number of clients that are away falls by
 * what the server takes, or by what comes back, whichever is less: dn/dt = −min(µ, n/d).
 */

export interface FluidInput {
  clients: number;
  /** µ: handshakes a second. */
  acceptsPerS: number;
  /** d: mean time between two attempts of a client. */
  meanDelayS: number;
}

/** When a share of the clients is back, in s. */
export function fluidTimeBackS({ clients, acceptsPerS, meanDelayS }: FluidInput, share: number): number {
  const away = (1 - share) * clients;
  // As long as more come than the server takes, it takes µ.
  const turn = acceptsPerS * meanDelayS;
  if (away >= turn) return (clients - away) / acceptsPerS;
  const linearS = Math.max(0, clients - turn) / acceptsPerS;
  return linearS + meanDelayS * Math.log(Math.min(clients, turn) / away);
}

/** Attempts for each client. */
export function fluidAmplification({ clients, acceptsPerS, meanDelayS }: FluidInput): number {
  const turn = acceptsPerS * meanDelayS;
  if (clients <= turn) return 1;
  return ((clients ** 2 - turn ** 2) / (2 * turn) + turn) / clients;
}
