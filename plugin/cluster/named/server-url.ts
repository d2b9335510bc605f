/** Whether a text is the URL of an API server, and no name. */
export function isServerUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Whether both are URLs of one API server: without regard to a slash at the end, case of the host, and the port of https. */
export function sameServer(one: string, other: string): boolean {
  if (!isServerUrl(one) || !isServerUrl(other)) return false;
  const [a, b] = [URL.parse(one), URL.parse(other)];
  return a !== null && b !== null && canonical(a) === canonical(b);
}

function canonical({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
}
