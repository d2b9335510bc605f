const protocols: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** The URL of a proxy, with http as the default scheme, as kubectl, git and curl read it; `null` if it is invalid. */
export function parseProxy(text: string): URL | null {
  const isWhole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(isWhole ? text : `http://${text}`);
  return url && url.hostname !== '' && protocols.has(url.protocol) ? url : null;
}

/** The proxy without user and password, for messages. */
export function shownProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
