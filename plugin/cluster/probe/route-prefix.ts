import { maxPath, pathOf } from '../evidence-projections.ts';

/** Prefixes tried for one redirect: its path and the two above it. */
const maxPrefixes = 3;

/** Paths in front of an API that a redirect of `/` reveals, longest first; or why there are none. */
export type Redirect = { readonly prefixes: readonly string[] } | { readonly refused: string };

/**
 * What `location` reveals about the server at `authority` (`host:port`) itself. A redirect leads to the first page,
 * which is at the prefix or below it: `/prometheus/graph`. It is read, never followed.
 */
export function prefixesOf(location: string, authority: string): Redirect {
  const [, scheme, host, rest = ''] = /^(?:(https?):)?\/\/([^/?#]*)([/?#].*)?$/is.exec(location) ?? [
    null,
    null,
    null,
    location,
  ];
  if (host !== null && !isSame(scheme ?? '', host, authority)) return { refused: 'it leads to another host' };
  if (rest.length > maxPath) return { refused: `its path is longer than ${String(maxPath)} characters` };
  const path = pathOf(rest.startsWith('/') ? rest : `/${rest}`);
  if (path === undefined)
    return { refused: 'it is not a plain path: letters, digits and -._~ between slashes, without ..' };
  if (path === '') return { refused: 'it leads to / again' };
  const segments = path.split('/');
  const prefixes = segments.map((_, index) => segments.slice(0, segments.length - index).join('/'));
  return { prefixes: prefixes.filter((prefix) => prefix !== '').slice(0, maxPrefixes) };
}

function isSame(scheme: string, host: string, authority: string): boolean {
  const port = scheme.toLowerCase() === 'https' ? 443 : 80;
  const whole = /:\d+$/.test(host) ? host : `${host}:${String(port)}`;
  return whole.toLowerCase() === authority.toLowerCase();
}
