/** A table in Markdown, to be read in a terminal and pasted into a page. */

const COLUMNS = [
  ['connections', 'connections', 0],
  ['echoes', 'echoes', 0],
  ['CPU s', 'cpuS', 2],
  ['CPU / floor', 'cpuRatio', 2],
  ['peak MB', 'peakMb', 0],
  ['peak PSS MB', 'peakPssMb', 0],
  ['bytes/connection', 'bytesPerConnection', 0],
  ['CPU µs/handshake', 'usPerHandshake', 0],
  ["server's", 'serverUsPerHandshake', 0],
  ['CPU µs/message', 'usPerMessage', 1],
  ['most messages/s', 'messagesPerS', 0],
];

/** @param rows `{name, figures, roundTrip}` each */
export function table(rows) {
  const columns = COLUMNS.filter(([, key]) => rows.some(({ figures }) => Number.isFinite(figures[key])));
  const lines = [
    ['generator', ...columns.map(([title]) => title), 'reports as round trip'],
    ...rows.map(({ name, figures, roundTrip }) => [
      name,
      ...columns.map(([, key, digits]) => number(figures[key], digits)),
      roundTrip,
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [lines[0], rule, ...lines.slice(1)]
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
    .join('\n');
}

function number(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}
