import { describe, expect, test } from 'vitest';
import { escapeMarkup, printable, wrap } from '../../src/base/text.ts';
import fc from '../support/properties.ts';

/** Text in which anything may stand that JavaScript can hold. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'<>&"\'\u001b\u0000\u009b\u202e\u2066\u200f\u061c\u2028\ufffe\uffff\ud800\udc00'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('printable', () => {
  test.for([
    ['a colour of the terminal', '\u001b[31mred', '\ufffd[31mred'],
    ['its 8-bit form', '\u009b31mred', '\ufffd31mred'],
    ['a title that rings the bell', '\u001b]0;x\u0007', '\ufffd]0;x\ufffd'],
    ['a line break', 'a\r\nb', 'a\ufffd\ufffdb'],
    ['a line separator', 'a\u2028b', 'a\ufffdb'],
    ['a right-to-left override', 'gnp\u202ejs', 'gnp\ufffdjs'],
    ['a right-to-left isolate', 'gnp\u2067js', 'gnp\ufffdjs'],
    ['an Arabic letter mark', 'gnp\u061cjs', 'gnp\ufffdjs'],
    ['delete', 'a\u007f', 'a\ufffd'],
  ] as const)('takes out %s', ([, text, shown]) => {
    expect(printable(text)).toBe(shown);
  });

  test('leaves what steers nothing as it is', () => {
    const text = 'Grüße, 世界 😀 – “quoted” <b>&amp;</b>';
    expect(printable(text)).toBe(text);
  });

  test('leaves no control character and no direction of writing in any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
        expect(printable(text)).toHaveLength(text.length);
      }),
    );
  });
});

describe('escapeMarkup', () => {
  test('cannot be left from within text or an attribute', () => {
    expect(escapeMarkup(`"><script>alert('&')</script>`)).toBe(
      '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;',
    );
  });

  test('escapes what is escaped already once more, since it is data', () => {
    expect(escapeMarkup('&lt;')).toBe('&amp;lt;');
  });

  test('gives text that XML allows, whatever it was given', () => {
    // XML 1.0, section 2.2: Char, written to a file as UTF-8, where a lone surrogate becomes U+FFFD.
    const allowed = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
    fc.assert(
      fc.property(anyText, (text) => {
        const written = Buffer.from(escapeMarkup(text)).toString();
        expect(written).toMatch(allowed);
        expect(written.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>&"']/);
      }),
    );
  });
});

describe('wrapped', () => {
  test.for([
    ['text breaks at spaces', 'one two three', 8, ['one two', 'three']],
    ['as much as fits stays', 'one two', 7, ['one two']],
    ['a word breaks where it alone is longer', 'a 1234567 b', 3, ['a', '123', '456', '7 b']],
    ['nothing is one empty line', '', 8, ['']],
  ] as const)('%s', ([, text, width, lines]) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  test('text has no line that is wider, and loses nothing but spaces', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.filter((line) => line.length > width)).toEqual([]);
        expect(lines.join('').replaceAll(' ', '')).toBe(printable(text).replaceAll(' ', ''));
      }),
    );
  });
});
