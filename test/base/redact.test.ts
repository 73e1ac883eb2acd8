import { describe, expect, test } from 'vitest';
import { redactUrl } from '../../src/base/redact.ts';
import fc from '../support/properties.ts';

describe('a URL without its secrets', () => {
  test.for([
    ['ws://localhost:8080/chat', 'ws://localhost:8080/chat'],
    ['wss://host/path?token=s3cret', 'wss://host/path?token=<redacted>'],
    ['wss://host/?a=1&b=s3cret&a=3', 'wss://host/?a=<redacted>&b=<redacted>&a=<redacted>'],
    ['wss://me:s3cret@host/', 'wss://<redacted>@host/'],
    ['wss://s3cret@host/', 'wss://<redacted>@host/'],
    ['wss://:s3cret@host/', 'wss://<redacted>@host/'],
    ['wss://host/#s3cret', 'wss://host/'],
    ['wss://host/?s3cret', 'wss://host/?<redacted>'],
    ['wss://host/?room=1&s3cret', 'wss://host/?room=<redacted>&<redacted>'],
    ['wss://host/?=s3cret', 'wss://host/?=<redacted>'],
    ['wss://host/?', 'wss://host/'],
  ] as const)('%s is shown as %s', ([url, shown]) => {
    expect(redactUrl(url)).toBe(shown);
  });

  test('a name in the query cannot steer a terminal', () => {
    expect(redactUrl('ws://host/?%1b[31m=1')).not.toContain('\u001b');
  });

  test('text that is no URL is left as it is', () => {
    expect(redactUrl('nothing of the kind')).toBe('nothing of the kind');
  });

  test('no credential and no value of a query is left, whatever they are', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12,20}$/);
    fc.assert(
      fc.property(secret, secret, secret, fc.boolean(), (user, password, value, named) => {
        const shown = redactUrl(`wss://${user}:${password}@host:1/p?${named ? 'key=' : ''}${value}`);
        for (const hidden of [user, password, value]) expect(shown).not.toContain(hidden);
        expect(shown).toContain('host:1/p');
      }),
    );
  });
});
