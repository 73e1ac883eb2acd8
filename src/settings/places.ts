/**
 * Names and addresses that stand in the settings. The plan knows none of yours: these are to be replaced.
 */

/** Where the servers listen. */
export const SERVICE_PORT = 8080;
/** What the unit, the user and the objects of Kubernetes are called after. */
export const SERVICE_NAME = 'websocket';

/** The address of a node of a region: 10.<zone>.x.y. */
export function nodeAddress(index: number, zones: number): string {
  const zone = index % zones;
  const place = Math.floor(index / zones);
  return `10.${zone}.${1 + Math.floor(place / 250)}.${1 + (place % 250)}`;
}

/** An address that a balancer connects from. */
export function balancerAddress(index: number): string {
  return `10.0.0.${10 + index}`;
}
