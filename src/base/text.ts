/**
 * Text that a server or a file supplied is data: these make it safe to show.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** Without control characters, bidirectional controls and non-characters, so that it cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** For HTML and XML, in text and in quoted attributes. Characters that XML forbids are replaced. */
export function escapeMarkup(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Lines of at most `width` characters, broken at spaces, and within a word only where the word alone is longer. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of printable(text).split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== '' && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    if (last !== '') lines.push('');
    for (let at = 0; at < word.length; at += width) {
      if (at > 0) lines.push('');
      lines[lines.length - 1] = word.slice(at, at + width);
    }
  }
  return lines;
}
