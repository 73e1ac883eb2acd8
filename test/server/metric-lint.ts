/**
 * The checks of Prometheus' own linter that concern names, on the text that a server gives out.
 */

interface Family {
  name: string;
  type: string;
  help: string;
  labels: Set<string>;
}

/** Units that the conventions want as seconds or bytes. */
const OTHER_UNITS =
  /_(ms|milliseconds|us|microseconds|ns|nanoseconds|minutes|hours|kb|mb|kilobytes|megabytes|bits)(_|$)/;
const ABBREVIATIONS = /_(s|sec|secs|b)(_|$)/;
/** Labels with as many values as there are clients. */
const UNBOUNDED_LABELS = ['user', 'room', 'client', 'ip', 'address', 'url', 'path', 'id'];

/** What is wrong with a page of metrics; empty if nothing is. */
export function lintMetrics(page: string): string[] {
  const families = readFamilies(page);
  const names = new Set(families.map(({ name }) => name));
  return families.flatMap((family) => lintFamily(family, names));
}

function lintFamily({ name, type, help, labels }: Family, names: Set<string>): string[] {
  const problems: [boolean, string][] = [
    [help === '', 'has no help'],
    [!/^[a-z][a-z0-9_]*$/.test(name), 'is not in lower case with underscores'],
    [type === 'counter' && !name.endsWith('_total'), 'is a counter and does not end in _total'],
    [type !== 'counter' && name.endsWith('_total'), 'ends in _total and is no counter'],
    [type !== 'counter' && names.has(`${name}_total`), 'has the name of a counter without its _total'],
    [/_(count|sum|bucket|info)$/.test(name), 'ends in a suffix that is reserved'],
    [/_(counter|gauge|histogram|summary)(_|$)/.test(name), 'says its type'],
    [OTHER_UNITS.test(name), 'is not in a base unit'],
    [ABBREVIATIONS.test(name), 'abbreviates its unit'],
    [labels.has('le') && type !== 'histogram', 'has the label of a histogram'],
    [UNBOUNDED_LABELS.some((label) => labels.has(label)), 'has a label that clients choose'],
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, problem]) => `${name} ${problem}`);
}

function readFamilies(page: string): Family[] {
  const families: Family[] = [];
  for (const line of page.split('\n')) {
    const [, comment, name, text] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (comment === 'HELP') families.push({ name, type: '', help: text, labels: new Set() });
    const family = families.at(-1);
    if (family === undefined) continue;
    if (comment === 'TYPE') family.type = text;
    if (comment === undefined)
      for (const [, label] of line.matchAll(/([A-Za-z_]+)="/g)) family.labels.add(label);
  }
  return families;
}
