/**
 * The nearest of the regions that are up. Where none is, all are taken to be: an answer may help, and no answer cannot
 * (as Route 53 has it).
 *
 * @param rttMs from where the client is to each region
 */
export function nearestRegion(rttMs: readonly number[], isUp: (region: number) => boolean): number {
  const regions = rttMs.map((_, region) => region);
  const up = regions.filter(isUp);
  const among = up.length > 0 ? up : regions;
  return among.reduce((best, region) => (rttMs[region] < rttMs[best] ? region : best));
}
