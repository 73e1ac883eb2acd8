/**
 * Secrets stay out of everything that is written: header values, credentials and query values of URLs.
 */

/** What stands in a secret's place. */
export const REDACTED = '<redacted>';

/** A URL without what may be secret in it: `wss://host/path?token=<redacted>`. Text that is no URL is left as it is. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, username, host, pathname, searchParams } = new URL(url);
  const keys = [...searchParams.keys()].map((key) => `${key}=${REDACTED}`);
  const credentials = username === '' ? '' : `${REDACTED}@`;
  return `${protocol}//${credentials}${host}${pathname}${keys.length === 0 ? '' : `?${keys.join('&')}`}`;
}
