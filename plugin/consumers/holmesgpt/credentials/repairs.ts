import type { Candidate } from '../../../discovery/decision.ts';
import { isTrustworthy } from '../../../discovery/decision.ts';
import type { Data, DataMap } from '../../../lib/json.ts';
import { getOwn, isList, isMap } from '../../../lib/json.ts';
import type { CustomizedEntry, LackingBackend, Repairs } from '../../consumer.ts';
import { credentialKeys } from './keys.ts';
import type { ReleasePolicy } from './credentials.ts';
import { sendsCredential } from './credentials.ts';
import type { ToolsetSpec } from '../toolset-specs.ts';
import { toolsetSpecOf } from '../toolset-specs.ts';
import { listReferencesSince } from './usability.ts';

type Entry = Pick<CustomizedEntry, 'generated' | 'customized'>;

/**
 * The unusable backends that the entry can be used with, because Git adds what they lacked. HolmesGPT rejects a list of
 * clusters if one of them is unusable.
 */
export function repairsOf(entry: Entry, lacking: readonly LackingBackend[], release: ReleasePolicy): Repairs {
  const repaired = lacking.filter((one) => isRepaired(entry, one, release)).map(({ unusable }) => unusable);
  const [first] = lacking;
  const needsAll = first !== undefined && toolsetSpecOf(first.backend).kind === 'clusters';
  return { repaired, isUsable: needsAll ? repaired.length === lacking.length : repaired.length > 0 };
}

function isRepaired(
  { generated, customized }: Entry,
  { unusable: { code }, backend }: LackingBackend,
  { minor, access }: ReleasePolicy,
): boolean {
  const { config } = customized;
  if (!isMap(config)) return false;
  const spec = toolsetSpecOf(backend);
  const { service, endpoint } = backend;
  // For credentials, any URL of the same Service counts; for certificates, another name means another certificate name.
  const place = code === 'CREDENTIAL_MISSING' ? `${service.name}.${service.namespace}` : endpoint.host;
  const own = partAbout(config, [endpoint.host, place], spec);
  if (own === null) {
    if (holds(generated, endpoint.host)) return true;
    if (code === 'CREDENTIAL_MISSING' && !isTrustworthy(backend, access.isTrusted)) return false;
  }
  const part = own ?? (spec.kind === 'instances' || code === 'CERTIFICATE_UNTRUSTED' ? outsideLists(config) : {});
  return code === 'CREDENTIAL_MISSING'
    ? hasLogin(part, backend, spec, minor)
    : part.verify_ssl === false || holds(part, `http://${endpoint.host}`);
}

/** The backend's item of a list merged with what is beside the list; `null` where nothing names the backend. */
function partAbout(config: DataMap, texts: readonly string[], { kind }: ToolsetSpec): DataMap | null {
  const names = (data: Data): boolean => texts.some((text) => holds(data, text));
  const shared = outsideLists(config);
  const items = Object.values(config).flatMap((value) => (isList(value) ? value : []));
  const item = items.filter(isMap).find(names);
  if (item) return kind === 'clusters' ? item : { ...shared, ...item };
  return names(shared) ? shared : null;
}

function outsideLists(config: DataMap): DataMap {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !Array.isArray(value)));
}

/** Whether HolmesGPT sends something that identifies the caller. Headers from Git are assumed to be right. */
function hasLogin(part: DataMap, { toolset, entryPoint }: Candidate, spec: ToolsetSpec, minor: number): boolean {
  if (spec.kind === 'clusters' && minor < listReferencesSince && holds(part, '{{')) return false;
  const { own = {}, shared = {} } = credentialKeys(toolset, spec, minor) ?? {};
  const inner = spec.kind === 'http' && isMap(part.auth) && part.auth.type !== 'none' ? part.auth : {};
  const known = Object.entries({ ...part, ...inner }).filter(
    ([key, value]) =>
      (Object.hasOwn(own, key) || Object.hasOwn(shared, key)) && !isOwnHeader(value, entryPoint.headers),
  );
  return sendsCredential(Object.fromEntries(known));
}

/** Whether it only contains headers that the product needs in any case. */
function isOwnHeader(value: Data, headers: Candidate['entryPoint']['headers']): boolean {
  return (
    isMap(value) && headers !== undefined && Object.entries(value).every(([key, one]) => getOwn(headers, key) === one)
  );
}

function holds(data: Data, text: string): boolean {
  return JSON.stringify(data).includes(text);
}
