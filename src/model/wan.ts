/**
 * Round-trip times between regions of AWS, in ms: averages of both directions, as a community blog measured them in
 * 2017 ("Latency Between AWS Global Regions"; the table is kept at
 * https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html). They are old, and times between regions
 * change with every new cable: they are defaults to override (`wan.rttMs`), of the right size and no more.
 */

/** Of a round-trip time. Assumed: backbones of clouds are steady, and no source tells it for all pairs. */
export const DEFAULT_JITTER_RATIO = 0.02;

/** Each pair stands once: the row of a region has those that come after it. */
const REGIONS = [
  ...['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1'],
  ...['sa-east-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'],
] as const;
const ROUND_TRIPS_MS = [
  [87, 80, 89, 120, 145, 217, 230],
  [137, 160, 183, 89, 161, 162],
  [20, 191, 212, 239, 310],
  [195, 237, 326, 323],
  [257, 328, 322],
  [74, 104],
  [175],
];

/** Null where the table has no such pair. */
export function roundTripMs(from: string, to: string): number | null {
  const [first, second] = [placeOf(from), placeOf(to)].sort((a, b) => a - b);
  return first < 0 ? null : (ROUND_TRIPS_MS[first]?.[second - first - 1] ?? null);
}

function placeOf(region: string): number {
  return (REGIONS as readonly string[]).indexOf(region);
}
