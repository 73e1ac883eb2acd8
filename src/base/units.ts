/**
 * Times, sizes and rates as people write and read them.
 */

const MS_BY_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What a duration may look like: `500ms`, `30s`, `1.5m`, `1h`. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/**
 * Milliseconds of a written duration.
 * @throws RangeError if the text is not a duration
 */
export function parseDurationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a time; write it like 500ms, 30s or 5m`);
  return Number(match[1]) * MS_BY_UNIT[match[2]];
}

/** A duration for people, three significant digits: `0.19 ms`, `25.1 ms`, `1.27 s`, `2 m 5 s`. */
export function formatMs(ms: number): string {
  if (threeDigits(ms) < 1000) return `${significant(ms)} ms`;
  if (threeDigits(ms / 1000) < 120) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

/** A short duration for people: `41.3 µs`, `1.27 ms`. */
export function formatUs(us: number): string {
  return threeDigits(us) < 1000 ? `${significant(us)} µs` : formatMs(us / 1000);
}

/** A size for people, in powers of 1,024: `512 B`, `14.2 KB`, `4.20 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (Math.round(Math.abs(bytes)) >= 1024 && power < units.length - 1) {
    bytes /= 1024;
    power++;
  }
  return `${significant(bytes)} ${units[power]}`;
}

/** A count for people: `1,003,600`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A share for people: `0.5 %`. */
export function formatRatio(ratio: number): string {
  return `${significant(ratio * 100)} %`;
}

function significant(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(threeDigits(value));
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : size >= 0.01 ? 2 : 3);
}

/** What is left of a value in three digits: it decides the unit and the decimals, so that 999.6 ms is 1.00 s. */
function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}
