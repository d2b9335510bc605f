import { custom, mcp } from '../../../detectors/annotated.ts';
import type { Detector, Scheme, ServiceView } from '../../../detectors/types.ts';
import type { SourceLine } from '../../cluster/sources-annotation.ts';
import type { LiveConfigMap } from '../../cluster/types.ts';
import { getOwn } from '../../lib/json.ts';
import type { Spec } from '../../settings/schema/index.ts';
import { dnsLabel } from '../annotations.ts';
import type { Candidate, Endpoint } from '../decision.ts';
import { hostOf } from '../decision.ts';
import type { ConsumerCapabilities } from '../survey/evaluate-service.ts';
import { withStoreFacts } from '../first-question/store-facts.ts';
import { StoresWithoutFacts } from '../first-question/stores-without-facts.ts';
import { hostProductOf } from '../host-product.ts';
import { credentialLabels } from '../kept-keys.ts';
import { compileCustomDetector } from '../match/custom-detector.ts';
import type { NamespacePolicy } from '../scope-and-filters.ts';
import { allowsNamespace, chosenDetectors, filtersOf } from '../scope-and-filters.ts';
import type { Memory, PreviouslyAdmittedBackend, Source } from '../selection/previous-sources.ts';
import { lineKey, readMemory, stateOf } from '../selection/previous-sources.ts';
import { isPlainPath } from '../tenant-text.ts';
import { linesOfCluster, liveOfCluster } from './cluster-memory.ts';
import { tenantForm } from '../first-question/remembered.ts';

/**
 * Prefixes of the words in a line beyond the URL; with these, a backend can be written while its
 * cluster is unreachable.
 */
const prefixes = {
  detector: 'detector:',
  entry: 'entry:',
  name: 'name:',
  tenants: 'declares:',
  label: 'label:',
} as const;
const foreignWord = 'foreign';
const specialWord = 'special';

/** Maximum number of characters for all labels of one line, and for its tenants; longer ones are not remembered. */
const maxLabels = 200;
const maxTenants = 200;

/** Words of a backend's line that stand in for its Service while the cluster cannot be read. None contains a blank. */
export function wordsFor(candidate: Candidate, spec: Spec): readonly string[] {
  const { detector, entryPointRank, instance, service, endpoint, declaredTenants } = candidate;
  const name = instance.split('/').at(-1) ?? '';
  const tenants = declaredTenants?.tenants.join(',') ?? '';
  const labels = credentialLabels([spec]).flatMap((key) => {
    const value = getOwn(service.labels, key);
    return value === undefined ? [] : [`${prefixes.label}${key}=${value}`];
  });
  return [
    `${prefixes.detector}${detector.id}`,
    ...(entryPointRank > 0 ? [`${prefixes.entry}${String(entryPointRank)}`] : []),
    ...(name === service.name ? [] : [`${prefixes.name}${name}`]),
    ...(endpoint.foreign === true ? [foreignWord] : []),
    ...(hostProductOf(candidate) === null ? [] : [specialWord]),
    ...(declaredTenants && tenants.length <= maxTenants
      ? [`${prefixes.tenants}${declaredTenants.from}=${tenants}`]
      : []),
    ...(labels.join(' ').length <= maxLabels ? labels : []),
  ];
}

/** A source restored from the ConfigMap. `isSpecial`: another product brought the backend along for its own use. */
export interface RememberedSource extends Source {
  readonly isSpecial: boolean;
}

/** What remembered backends are checked against again, because Git and the policy may have changed. */
export interface RememberedInputs {
  readonly spec: Spec;
  readonly detectors: readonly Detector[];
  readonly consumer: ConsumerCapabilities;
  readonly policy: NamespacePolicy | null;
  readonly isTrusted: (namespace: string) => boolean;
}

/**
 * The sources of a cluster from the live ConfigMap, in their order, without those that Git or the policy no longer
 * allows. As the ConfigMap may have been edited by hand, an address counts only if it is the Service's own, or if the
 * settings allow an annotation to name another one.
 */
export function rememberedSources(
  live: LiveConfigMap | null,
  cluster: string,
  inputs: RememberedInputs,
): readonly RememberedSource[] {
  const { spec, consumer, isTrusted } = inputs;
  const memory = readMemory(liveOfCluster(live, cluster));
  const filters = filtersOf(withoutSelectors(spec), [], isTrusted);
  const known = detectorsOf(inputs);
  return linesOfCluster(live, cluster).flatMap((line): RememberedSource[] => {
    const before = memory.admitted.get(lineKey(line));
    const candidate = candidateOf(line, before, known, inputs);
    if (!candidate || filters.denial(candidate) !== null || !consumer.supports(candidate)) return [];
    const words = line.words.filter(isKept);
    const state = stateOf(line);
    return [{ candidate: withFacts(candidate, memory, inputs), state, words, isSpecial: words.includes(specialWord) }];
  });
}

function isKept(word: string): boolean {
  return (
    word === foreignWord || word === specialWord || Object.values(prefixes).some((prefix) => word.startsWith(prefix))
  );
}

/** Labels of namespaces and Services are unknown here: a selection by label stays valid until they can be read. */
function withoutSelectors(spec: Spec): Spec {
  const none = { matchLabels: {}, matchExpressions: [] };
  const { namespaces } = spec.discovery;
  const detectors = Object.fromEntries(
    Object.entries(spec.detectors).map(([id, one]) => [
      id,
      one === undefined ? undefined : { ...one, selector: undefined, annotations: undefined },
    ]),
  ) as Spec['detectors'];
  return {
    ...spec,
    detectors,
    discovery: { ...spec.discovery, namespaces: { ...namespaces, selector: none }, services: { selector: none } },
  };
}

function detectorsOf({ spec, detectors }: RememberedInputs): ReadonlyMap<string, Detector> {
  const { enabled } = chosenDetectors(spec, detectors);
  const all = [...enabled, custom, mcp, ...spec.customDetectors.map(compileCustomDetector)];
  return new Map(all.map((one) => [one.id, one]));
}

function candidateOf(
  { toolset, service: key, url, words }: SourceLine,
  before: PreviouslyAdmittedBackend | undefined,
  known: ReadonlyMap<string, Detector>,
  { spec, consumer, policy }: RememberedInputs,
): Candidate | null {
  const [namespace = '', serviceName = ''] = key.split('/');
  const detector = known.get(valueOf(words, prefixes.detector) ?? '');
  const name = valueOf(words, prefixes.name) ?? serviceName;
  if (!detector || ![namespace, serviceName, name].every((one) => dnsLabel.test(one))) return null;
  if (policy && !allowsNamespace(policy, namespace)) return null;
  const instance = `${namespace}/${name}`;
  if (!mayBring(detector, toolset, instance, consumer)) return null;
  const isForeign = words.includes(foreignWord) && spec.trust.foreignEndpoints;
  const service = serviceOf(namespace, serviceName, words);
  const endpoint = url === '-' ? noEndpoint(service, spec) : rememberedEndpoint(url, service, spec, isForeign);
  if (!endpoint) return null;
  const rank = Number(valueOf(words, prefixes.entry) ?? 0);
  const entryPoint = detector.entryPoints[rank] ?? detector.entryPoints[0];
  const declared = declaredIn(words);
  return {
    service,
    detector,
    toolset,
    instance,
    rule: 'as it was in the ConfigMap',
    tier: 0,
    entryPoint,
    entryPointRank: rank,
    endpoint: before && before.probed.length > 0 ? { ...endpoint, probed: before.probed } : endpoint,
    healthPath: null,
    needsCredential: before?.needsCredential ?? false,
    ...(before && before.proofs.length > 0 ? { proofs: before.proofs } : {}),
    ...(before?.needsTenant === true ? { needsTenant: true } : {}),
    ...(declared ? { declaredTenants: declared } : {}),
  };
}

/** Only a user's own detector or an annotation can name a toolset after a Service. */
function mayBring(detector: Detector, toolset: string, instance: string, { isBuiltIn }: ConsumerCapabilities): boolean {
  if (detector === custom || detector === mcp) return toolset === `${detector.id}/${instance}`;
  return toolset === detector.toolset || (detector.template !== undefined && !isBuiltIn(toolset));
}

function valueOf(words: readonly string[], prefix: string): string | undefined {
  return words.find((word) => word.startsWith(prefix))?.slice(prefix.length);
}

function declaredIn(words: readonly string[]): Candidate['declaredTenants'] {
  const [from, list = ''] = valueOf(words, prefixes.tenants)?.split('=') ?? [];
  const tenants = list.split(',').filter((one) => tenantForm.test(one));
  return tenants.length > 0 && (from === 'annotation' || from === 'resource') ? { tenants, from } : undefined;
}

function serviceOf(namespace: string, name: string, words: readonly string[]): ServiceView {
  const written = words
    .filter((word) => word.startsWith(prefixes.label))
    .map((word) => word.slice(prefixes.label.length));
  const labels = written.flatMap((label) => {
    const [, key, value = ''] = /^([^=]+)=(.*)$/.exec(label) ?? [];
    return key === undefined ? [] : [[key, value] as const];
  });
  return {
    namespace,
    name,
    labels: Object.fromEntries(labels),
    annotations: {},
    owners: [],
    type: 'ClusterIP',
    clusterIP: '',
    externalName: '',
    ports: [],
    selector: null,
    oversize: null,
  };
}

const schemeForm = /^([a-z][a-z0-9+]{0,15}):\/\/([-a-z0-9.]{1,253}):(\d{1,5})(\/.*)?$/;

function rememberedEndpoint(url: string, service: ServiceView, spec: Spec, isForeign: boolean): Endpoint | null {
  const [, scheme, host = '', port, path = ''] = schemeForm.exec(url) ?? [];
  const isOwn =
    host === `${service.name}.${service.namespace}.svc` || host === hostOf(service, spec.discovery.clusterDomain);
  if (scheme === undefined || !(isOwn || isForeign) || !isPlainPath(path)) return null;
  const foreign = isOwn ? {} : { foreign: true };
  return { scheme: scheme as Scheme, host, port: Number(port), path, schemeFrom: 'the ConfigMap', ...foreign };
}

/** Placeholder: the address of an unproved Service is unknown. */
function noEndpoint(service: ServiceView, { discovery }: Spec): Endpoint {
  const host = hostOf(service, discovery.clusterDomain);
  return { scheme: 'http', host, port: 80, path: '', schemeFrom: 'the ConfigMap' };
}

/** Adds what was learned from the store and what Git says about it, without asking the store. */
function withFacts(candidate: Candidate, memory: Memory, { spec, consumer, isTrusted }: RememberedInputs): Candidate {
  const known = withStoreFacts(candidate, {
    spec,
    consumer,
    isTrusted,
    memory,
    stores: null,
    endpoints: new Map(),
    now: memory.writtenAt ?? 0,
    namespaces: () => new Set(),
    noFacts: new StoresWithoutFacts(),
  });
  return known instanceof Promise || 'reason' in known ? candidate : known;
}
