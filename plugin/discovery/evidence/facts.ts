import type { BackendFacts, FieldValues, PodRule } from '../../../detectors/types.ts';
import { isProxyPort, nonServerEnds } from '../../../detectors/excluded-names.ts';
import type { ContainerView, EndpointsView, PodView, ResourceRef } from '../../cluster/types.ts';
import { getOwn } from '../../lib/json.ts';
import type { Candidate } from '../decision.ts';
import { matchesPattern } from '../match/glob.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

/** Kind of object that was read. */
export type EvidenceKind = 'resource' | 'pods';

/** Result of reading the evidence about one backend. */
export interface Evidence {
  readonly by: EvidenceKind;
  /** Name of the source for messages: `Prometheus k8s`, `a Pod with image prometheus`. */
  readonly source: string;
  /** `null` where it is a component that answers no queries. */
  readonly facts: BackendFacts | null;
}

/** What the answer says about the candidate; `null` where it says nothing, or concerns another product. */
export function evidenceIn(
  answer: EvidenceAnswer,
  { resource }: EvidenceQuestion,
  candidate: Candidate,
  endpoints: EndpointsView | undefined,
): Evidence | null {
  if (resource && answer.resource && 'value' in answer.resource) {
    return resourceEvidence(answer.resource.value, resource, candidate);
  }
  const rule = candidate.detector.pods;
  if (!rule || !answer.pod || !('value' in answer.pod)) return null;
  return podEvidence(answer.pod.value, rule, targetPortOf(candidate, endpoints));
}

function resourceEvidence(values: FieldValues, { type, name }: ResourceRef, { entryPoint }: Candidate): Evidence {
  return { by: 'resource', source: `${type.kind} ${name}`, facts: type.facts(values, entryPoint.name) };
}

/** The port of the candidate's Service, with its number on the Pods. */
interface TargetPort {
  readonly number: number | null;
  readonly isProxy: boolean;
}

function targetPortOf({ service, endpoint }: Candidate, endpoints: EndpointsView | undefined): TargetPort {
  const port = service.ports.find((one) => one.port === endpoint.port || one.targetPort === endpoint.port);
  if (!port) return { number: null, isProxy: false };
  const declared = typeof port.targetPort === 'number' ? port.targetPort : null;
  return { number: endpoints?.ports?.get(port.name) ?? declared, isProxy: isProxyPort(port) };
}

/**
 * Evidence from the product's own container behind the Service's port; behind an authentication proxy,
 * the container next to the proxy. A Pod whose port belongs to another container proves nothing: a
 * sidecar's Service selects the same Pods.
 */
function podEvidence(pod: PodView, rule: PodRule, { number, isProxy }: TargetPort): Evidence | null {
  const own = pod.filter(({ image }) => matchesPattern(rule.images, image));
  const [only] = own;
  const behind = pod.find(({ ports }) => number !== null && ports.includes(number));
  const served = behind ?? (pod.length === 1 ? pod[0] : undefined);
  if (served && isNoServer(served)) return { by: 'pods', source: `a Pod with image ${served.image}`, facts: null };
  const container = behind && !isProxy ? own.find((one) => one === behind) : own.length === 1 ? only : undefined;
  if (!container) return null;
  if (rule.command && container.command === null) return null;
  const source = `a Pod with image ${container.image}`;
  if (!answersQueries(container, rule)) return { by: 'pods', source, facts: null };
  return {
    by: 'pods',
    source,
    facts: { ...pathIn(container, rule, number), ...schemeIn(container, rule, number, isProxy) },
  };
}

/** Whether the image is of a program beside a server: `redis_exporter`, `pushgateway`. */
function isNoServer({ image }: ContainerView): boolean {
  return nonServerEnds.has(image.split(/[-_]/).at(-1) ?? '');
}

function answersQueries({ command, flags }: ContainerView, rule: PodRule): boolean {
  const part = rule.part && getOwn(flags, rule.part.flag);
  if (rule.part && part !== undefined && !matchesPattern(rule.part.answers, part)) return false;
  if (rule.features && listed(getOwn(flags, rule.features.flag)).some((one) => rule.features?.others.includes(one)))
    return false;
  return rule.command === undefined || (command !== null && rule.command.answers.includes(command));
}

function listed(words: string | undefined): readonly string[] {
  return words?.split(',') ?? [];
}

/** The prefix; where a flag replaces the entry point's own path, the whole path. */
function pathIn(container: ContainerView, rule: PodRule, number: number | null): BackendFacts {
  const { ownPathFlags = [] } = rule;
  const before = prefixIn(container, rule, number);
  const own = firstOf(ownPathFlags, container);
  return own === undefined ? before : { path: `${before.prefix ?? ''}${own}` };
}

function prefixIn(container: ContainerView, rule: PodRule, number: number | null): Pick<BackendFacts, 'prefix'> {
  const { pathFlags = [], urlFlags = [] } = rule;
  const { readiness } = container;
  const declared = firstOf([...pathFlags, ...urlFlags], container);
  if (declared !== undefined) return { prefix: declared };
  if (readiness === null || isOther(readiness.port, number)) return {};
  const end = (rule.readiness ?? []).find((path) => readiness.path.endsWith(path));
  return end === undefined ? {} : { prefix: readiness.path.slice(0, -end.length) };
}

function schemeIn(
  container: ContainerView,
  { tlsFlags = [] }: PodRule,
  number: number | null,
  isProxy: boolean,
): BackendFacts {
  if (isProxy) return {};
  const { readiness } = container;
  const declared = firstOf(tlsFlags, container);
  if (declared !== undefined) return { scheme: declared === 'false' ? 'http' : 'https' };
  return readiness === null || isOther(readiness.port, number) ? {} : { scheme: readiness.scheme };
}

/** The value of the first of these flags that the container has. */
function firstOf(names: readonly string[], { flags }: ContainerView): string | undefined {
  return names.map((flag) => getOwn(flags, flag)).find((value) => value !== undefined);
}

function isOther(probed: number | null, number: number | null): boolean {
  return probed === null || number === null || probed !== number;
}
