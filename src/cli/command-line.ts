import { REDACTED, redactUrl } from '../index.ts';

/** The command as it was typed, to be repeated, without the values of headers and the secrets of URLs. */
export function commandLine(args: readonly string[]): string {
  const words = args.map((word, i) => {
    if (args[i - 1] === '--header') return hideHeader(word);
    if (word.startsWith('--header=')) return `--header=${hideHeader(word.slice('--header='.length))}`;
    const [flag, value] = word.startsWith('--') ? splitOnce(word, '=') : [null, word];
    return flag === null ? hideUrl(value) : value === '' ? flag : `${flag}=${hideUrl(value)}`;
  });
  return ['wsscale', ...words.map(quote)].join(' ');
}

/** Of a side of a comparison, too: `base=ws://…`. */
function hideUrl(word: string): string {
  const [, side = '', url] = /^(base=|head=)?(.*)$/s.exec(word) as RegExpExecArray;
  return side + redactUrl(url);
}

function hideHeader(line: string): string {
  return `${splitOnce(line, ':')[0]}: ${REDACTED}`;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** For a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
