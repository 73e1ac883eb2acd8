/**
 * The largest heap that a program of Node.js was told to have: by its command line, or by NODE_OPTIONS, which the
 * command line overrules.
 */

const MIB = 2 ** 20;
const OPTION = /^--max[-_]old[-_]space[-_]size(?:=(\d+))?$/;

/**
 * @param words of the command line
 * @param environment of the form `NAME=value`
 */
export function parseHeapLimit(words: readonly string[], environment: readonly string[]): number | null {
  const options = environment
    .find((entry) => entry.startsWith('NODE_OPTIONS='))
    ?.slice('NODE_OPTIONS='.length);
  const megabytes = megabytesIn(words) ?? megabytesIn(options?.split(/\s+/) ?? []);
  return megabytes === null ? null : megabytes * MIB;
}

/** The last one counts. */
function megabytesIn(words: readonly string[]): number | null {
  let found: number | null = null;
  for (const [i, word] of words.entries()) {
    const match = OPTION.exec(word);
    const value = Number(match === null ? Number.NaN : (match[1] ?? words[i + 1]));
    if (value > 0) found = value;
  }
  return found;
}
