import type { ServiceView } from '../../detectors/types.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { hostOf, portOf } from './decision.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { isHarmlessText, isPlainPath, shown, untrustedText } from './tenant-text.ts';
import { withoutTrailing } from '../lib/trailing.ts';

/** The annotation with the URL at which a Service's API answers. */
export const endpointKey = 'kubernaut.io/toolset-endpoint';

/** Settings and policy for such a URL. */
export interface EndpointRules {
  readonly clusterDomain: string;
  /** Whether an endpoint may be on another host than the Service. */
  readonly foreignEndpoints: boolean;
  readonly isTrusted: (namespace: string) => boolean;
}

/** A host in `URL`'s spelling that can be resolved: `URL` also accepts others, such as `.` and `a..b`. */
const hostOfUrl = /^(?:(?:\w(?:[-\w]{0,61}\w)?\.)*\w(?:[-\w]{0,61}\w)?|\[[0-9a-f:.]+\])$/;

/** The candidate's endpoint with the URL of its Service's annotation, or why that is refused. */
export function annotatedEndpoint(
  text: string,
  { service, endpoint }: Pick<Candidate, 'service' | 'endpoint'>,
  rules: EndpointRules,
): Endpoint | Reason {
  const url = URL.parse(text);
  if (!url) return because('EndpointInvalid', { value: shown(text) });
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') return because('EndpointSchemeInvalid', { scheme: shown(scheme) });
  const host = url.hostname.replace(/\.$/, '');
  if (!hostOfUrl.test(host)) return because('EndpointInvalid', { value: shown(text) });
  const own = isOwnHost(service, host, rules.clusterDomain);
  const path = withoutTrailing(url.pathname, '/');
  const problem = urlProblem(text, url) ?? (own ? null : foreignProblem(host, rules)) ?? pathProblem(text, url);
  if (problem) return problem;
  const { namespace } = service;
  const isHarmless = isHarmlessText(path) && (own || isHarmlessText(host));
  if (!isHarmless && !rules.isTrusted(namespace)) return untrustedText(endpointKey, text, namespace);
  return {
    scheme,
    host: own ? endpoint.host : host,
    port: portOf(url),
    path,
    schemeFrom: 'annotation',
    ...(own ? {} : { foreign: true }),
  };
}

/** Parts that no endpoint may have. The text is checked too, as `URL` drops an empty user or query. */
function urlProblem(text: string, { username, password }: URL): Reason | null {
  const [, authority = ''] = /^[^/]*\/\/([^/]*)/.exec(text) ?? [];
  if (username !== '' || password !== '' || authority.includes('@')) return because('EndpointHasCredential');
  return /[?#]/.test(text) ? because('EndpointHasQuery') : null;
}

/** Why an endpoint on another host is refused. */
function foreignProblem(host: string, { foreignEndpoints }: EndpointRules): Reason | null {
  if (!foreignEndpoints) return because('EndpointOnOtherHost', { host: shown(host) });
  return isLocal(host) ? because('EndpointLocal', { host: shown(host) }) : null;
}

/** The path has to be the same in the text and in the parsed URL: nothing was resolved, decoded or rewritten. */
function pathProblem(text: string, { pathname }: URL): Reason | null {
  const written = /^[a-z]+:\/\/[^/]+((?:\/.*)?)$/i.exec(text)?.[1];
  const isSame = (written === '' ? '/' : written) === pathname;
  if (isSame && isPlainPath(withoutTrailing(pathname, '/'))) return null;
  return because('EndpointPathInvalid', { value: shown(text) });
}

/** Whether the host is one of the Service's names in cluster DNS, or its cluster IP. */
function isOwnHost({ name, namespace, clusterIP }: ServiceView, host: string, clusterDomain: string): boolean {
  const short = `${name}.${namespace}`;
  return (
    [short, `${short}.svc`, hostOf({ name, namespace }, clusterDomain)].includes(host) ||
    (host === clusterIP && host !== '')
  );
}

/** Loopback, link-local and metadata addresses: the consumer's own Pod and node, and the cloud's metadata service. */
function isLocal(host: string): boolean {
  return (
    /^(?:localhost|.*\.localhost|0\.|127\.|169\.254\.|\[?::1\]?$|\[?::\]?$|\[?fe[89ab]|\[?::ffff:)/i.test(host) ||
    /^(?:metadata(?:\.google\.internal)?|100\.100\.100\.200|\[fd00:ec2::254\])$/i.test(host)
  );
}
