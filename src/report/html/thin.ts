/**
 * Fewer points for a drawing, without losing what catches the eye.
 */

/** One point of a line; the line is broken where nothing was measured. */
export interface Point {
  x: number;
  y: number | null;
}

/**
 * At most about `limit` points: of each group of neighbours, the lowest, the highest and the first gap stay, so
 * that neither a spike nor a hole in the line disappears.
 */
export function thin(points: Point[], limit: number): Point[] {
  if (points.length <= limit) return points;
  const size = Math.ceil(points.length / Math.max(1, Math.floor(limit / 3)));
  const kept: Point[] = [];
  for (let first = 0; first < points.length; first += size) {
    const group = points.slice(first, first + size);
    const measured = group.filter((point) => point.y !== null);
    const byHeight = measured.toSorted((a, b) => a.y! - b.y!);
    const chosen = new Set([
      byHeight[0],
      byHeight[byHeight.length - 1],
      group.find((point) => point.y === null),
    ]);
    kept.push(...group.filter((point) => chosen.has(point)));
  }
  return kept;
}

/** At most `limit` rows of a table, evenly spread, with the first and the last. */
export function sampled<Row>(rows: Row[], limit: number): Row[] {
  if (rows.length <= limit) return rows;
  return Array.from({ length: limit }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (limit - 1))]);
}
