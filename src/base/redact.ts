/**
 * Secrets stay out of everything that is written: header values, credentials and query values of URLs.
 */

/** What stands in a secret's place. */
export const REDACTED = '<redacted>';

/** A URL without what may be secret in it: `wss://host/path?token=<redacted>`. Text that is no URL is left as it is. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, username, password, host, pathname, search } = new URL(url);
  const credentials = username === '' && password === '' ? '' : `${REDACTED}@`;
  const query = search === '' ? '' : `?${search.slice(1).split('&').map(redactParameter).join('&')}`;
  return `${protocol}//${credentials}${host}${pathname}${query}`;
}

/** What stands without a name is a value. */
function redactParameter(parameter: string): string {
  return parameter.includes('=') ? `${parameter.split('=')[0]}=${REDACTED}` : REDACTED;
}
