/**
 * Waiting in line, by the textbook (L. Kleinrock, Queueing Systems, 1975). Arrivals are Poisson's; `utilization` is the
 * share of its time that a server is busy, `offered` the work that arrives, in servers that it would keep busy.
 */

/**
 * Erlang's B: the share of arrivals that find all servers busy where nobody waits, by its recursion over servers.
 */
export function erlangB(servers: number, offered: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked;
}

/** Erlang's C: the share of arrivals that wait, where they do; 1 if more arrives than all servers can do. */
export function erlangC(servers: number, offered: number): number {
  if (offered >= servers) return 1;
  const blocked = erlangB(servers, offered);
  return (servers * blocked) / (servers - offered * (1 - blocked));
}

/** M/M/c: the mean wait of an arrival before its service begins, of which one takes `serviceS`. */
export function waitOfMany(servers: number, offered: number, serviceS: number): number {
  if (offered >= servers) return Number.POSITIVE_INFINITY;
  return (erlangC(servers, offered) * serviceS) / (servers - offered);
}

/**
 * M/G/1, by Pollaczek and Khinchine: the mean wait before a service whose times vary by `variation`, their standard
 * deviation by their mean: 0 where all are alike, 1 where they are exponential.
 */
export function waitOfOne(utilization: number, variation: number, serviceS: number): number {
  if (utilization >= 1) return Number.POSITIVE_INFINITY;
  return ((utilization / (1 - utilization)) * (1 + variation ** 2) * serviceS) / 2;
}

/**
 * M/M/1: the wait before its service that a share `quantile` of all arrivals does not exceed,
 * P(wait > t) = ρ·e^(−(1−ρ)t/S). Most do not wait at all if there is little to do.
 */
export function waitQuantile(utilization: number, serviceS: number, quantile: number): number {
  if (utilization >= 1) return Number.POSITIVE_INFINITY;
  if (utilization <= 1 - quantile) return 0;
  return (serviceS / (1 - utilization)) * Math.log(utilization / (1 - quantile));
}

/** Little's law: how many are there at once, if so many arrive in a second and each stays so long. */
export function presentAtOnce(arrivalsPerS: number, staysS: number): number {
  return arrivalsPerS * staysS;
}
