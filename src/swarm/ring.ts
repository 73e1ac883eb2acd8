/**
 * Who sends to whom in direct mode: all clients stand in one ring, and each sends to the next one. Client n is at home
 * in region n modulo R, and the ring goes through the regions so that each comes after each other one, and after itself,
 * equally often: a de Bruijn sequence of order 2.
 *
 *     R = 3     0 0 1 0 2 1 1 2 2  (0 …)          R² places; each region has R of them, for clients r, R + r, 2R + r …
 *
 * Where the clients do not fill the last round, or some are not there, their places are passed over.
 */

export interface Ring {
  /** The one that the client sends to. */
  next(client: number): number;
  /** The one that sends to the client. */
  previous(client: number): number;
}

/** @param isThere of the clients, the one at least that is asked about */
export function createRing(
  clients: number,
  regions: number,
  isThere: (client: number) => boolean = () => true,
): Ring {
  const order = deBruijn(regions);
  const placesInRound = order.length;
  const places = Math.ceil(clients / placesInRound) * placesInRound;
  /** How often each place's region came before it in the round. */
  const nth = order.map((region, place) => order.slice(0, place).filter((other) => other === region).length);
  /** The place of a region's nth turn in the round. */
  const placeOf = Array.from({ length: regions }, (_, region) =>
    order.flatMap((other, place) => (other === region ? [place] : [])),
  );

  function clientAt(place: number): number {
    const inRound = place % placesInRound;
    return (Math.floor(place / placesInRound) * regions + nth[inRound]) * regions + order[inRound];
  }

  function neighbour(client: number, step: 1 | -1): number {
    const turn = Math.floor(client / regions);
    let place = Math.floor(turn / regions) * placesInRound + placeOf[client % regions][turn % regions];
    let found: number;
    do {
      place = (place + step + places) % places;
      found = clientAt(place);
    } while (found >= clients || !isThere(found));
    return found;
  }

  return { next: (client) => neighbour(client, 1), previous: (client) => neighbour(client, -1) };
}

/** Round in which each pair of symbols, of one twice among them, comes once. */
function deBruijn(symbols: number): number[] {
  const round: number[] = [];
  for (let i = 0; i < symbols; i++) {
    round.push(i);
    for (let j = i + 1; j < symbols; j++) round.push(i, j);
  }
  return round;
}
