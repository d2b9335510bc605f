import { detectors } from '../../../../detectors/index.ts';
import type { ServiceView } from '../../../../detectors/types.ts';
import { snapshot } from '../../../cluster/snapshot.ts';
import { limitToSettings } from '../../../consumers/index.ts';
import type { Decision } from '../../../discovery/decision.ts';
import { outputFieldsOf } from '../../../discovery/decision.ts';
import { discover } from '../../../discovery/discover.ts';
import { getOwn } from '../../../lib/json.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { renderManifest } from '../../../lib/data/yaml-writer.ts';
import { configHeader, ToolsetConfig } from '../../../settings/schema/index.ts';
import type { DiscoveryRun } from '../../pipeline/pipeline.ts';
import { Anonymizer } from './anonymizer.ts';
import type { ReportEvidence } from './evidence.ts';
import { readEvidence, reducedEvidence } from './evidence.ts';
import { reducedService } from './reduce.ts';
import type { Replace } from './reduce.ts';
import { relatedTo } from './related.ts';

/** What a run knows besides the Services. */
export type ReportContext = Pick<DiscoveryRun, 'policy' | 'access' | 'cluster'> & {
  readonly inputs: Pick<DiscoveryRun['inputs'], 'settings' | 'consumer'>;
  readonly discovery: Pick<DiscoveryRun['discovery'], 'decisions'>;
};

/** Services, and the evidence read for them. */
interface Facts {
  readonly services: readonly ServiceView[];
  readonly evidence: ReportEvidence;
}

/** A person replaces it with the right answer. */
const unanswered = 'FILL-IN';

/**
 * The report about one Service: Markdown for an issue, with its facts in YAML. Contains no name that rules do not know.
 */
export async function reportOf(subject: Decision, context: ReportContext, version: string): Promise<string> {
  const services = relatedTo(subject, context.discovery.decisions);
  const facts = { services, evidence: await readEvidence(services, context) };
  const replace = replacerOf(facts);
  const before = await rerunDiscovery(facts, (text) => text, context);
  const after = await rerunDiscovery(facts, replace, context);
  const changed = differences(services, before, after, replace);
  const key = keyOf({ namespace: replace(subject.service.namespace), name: replace(subject.service.name) });
  const own = after.find(({ service }) => keyOf(service) === key);
  const original = before.find(({ service }) => keyOf(service) === keyOf(subject.service));
  const isRepeated = original !== undefined && isEquivalent(withoutHealth(subject), withoutHealth(original));
  const objects = reducedEvidence(services, facts.evidence, replace);
  const document = {
    kind: 'MisdetectionReport',
    version,
    target: context.inputs.consumer.title,
    trusted: [...new Set(services.map(({ namespace }) => namespace).filter(context.access.isTrusted))].map(replace),
    detectors: switchesOf(context),
    service: key,
    decision: own === undefined ? null : decisionData(own),
    ...(isRepeated ? {} : { run: { decision: subject.decision, reason: subject.reason, ...detectorOf(subject) } }),
    services: services.map((service) => {
      const object = reducedService(service, replace);
      const decided = after.find((one) => keyOf(one.service) === keyOf(namesOf(service, replace)));
      return { service: object, expected: service === subject.service ? { type: unanswered } : expectedOf(decided) };
    }),
    ...(objects.length === 0 ? {} : { evidence: objects }),
  };
  return markdown(key, renderManifest(document), noteOn(changed, isRepeated, facts.evidence.leftOut));
}

/** Collects the texts by reducing all objects once, then replaces them. */
function replacerOf(facts: Facts): Replace {
  const texts = new Set<string>();
  objectsOf(facts, (text) => {
    texts.add(text);
    return text;
  });
  const anonymizer = new Anonymizer(texts);
  return (text) => anonymizer.replace(text);
}

function objectsOf({ services, evidence }: Facts, replace: Replace): object[] {
  return [
    ...services.map((service) => reducedService(service, replace)),
    ...reducedEvidence(services, evidence, replace),
  ];
}

/** Discovery on these objects alone, with the facts of the report: no health check, and no earlier result. */
async function rerunDiscovery(facts: Facts, replace: Replace, context: ReportContext): Promise<readonly Decision[]> {
  const { access, inputs } = context;
  const { consumer, settings } = inputs;
  const trusted = new Set(
    facts.services
      .map(({ namespace }) => namespace)
      .filter(access.isTrusted)
      .map(replace),
  );
  const { decisions } = await discover({
    spec: specOf(context),
    detectors,
    cluster: snapshot(Map.groupBy(objectsOf(facts, replace), kindOf)),
    prober: null,
    consumer: limitToSettings(consumer, settings.spec),
    policy: null,
    isTrusted: (namespace) => trusted.has(namespace),
    readsEndpoints: true,
  });
  return decisions;
}

function kindOf(object: object): string {
  return 'kind' in object ? String(object.kind) : '';
}

/** Of the settings, only which built-in detectors are on: the others contain names. */
function specOf(context: ReportContext): ToolsetConfig['spec'] {
  return ToolsetConfig.parse({
    ...configHeader,
    spec: { health: { check: 'none' }, detectors: switchesOf(context) },
  }).spec;
}

function switchesOf({ inputs: { settings } }: ReportContext): Record<string, { enabled: boolean }> {
  const given = detectors.flatMap(({ id }) => {
    const enabled = getOwn(settings.spec.detectors, id)?.enabled;
    return enabled === undefined ? [] : [[id, { enabled }] as const];
  });
  return Object.fromEntries(given);
}

/** Services that are decided differently after anonymization, by their new names. */
function differences(
  services: readonly ServiceView[],
  before: readonly Decision[],
  after: readonly Decision[],
  replace: Replace,
): readonly string[] {
  return services.flatMap((service) => {
    const key = keyOf(namesOf(service, replace));
    const one = before.find((decision) => keyOf(decision.service) === keyOf(service));
    const other = after.find((decision) => keyOf(decision.service) === key);
    return one !== undefined && other !== undefined && isEquivalent(one, other, replace) ? [] : [key];
  });
}

function namesOf(
  { namespace, name }: ServiceView,
  replace: Replace,
): { readonly namespace: string; readonly name: string } {
  return { namespace: replace(namespace), name: replace(name) };
}

/** Equal except for the names in the sentences. */
function isEquivalent(one: Decision, other: Decision, replace: Replace = (text) => text): boolean {
  const [a, b] = [one, other].map((decision) => {
    const { toolset, scheme, port, path, specialPurpose, reason } = outputFieldsOf(decision);
    return {
      toolset,
      scheme,
      port,
      path,
      specialPurpose,
      reason,
      decision: decision.decision,
      ...detectorOf(decision),
    };
  });
  const own = { ...a, toolset: replacedIn(a?.toolset, replace), path: replacedIn(a?.path, replace) };
  return JSON.stringify({ ...a, ...own }) === JSON.stringify(b);
}

/** A report probes no backend: why a selected one counts as healthy is not among its facts. */
function withoutHealth(one: Decision): Decision {
  return one.decision === 'selected' ? { ...one, reason: 'NotChecked' } : one;
}

function replacedIn(text: string | null | undefined, replace: Replace): string | null {
  return text === null || text === undefined ? null : replace(text);
}

function detectorOf({ detector }: Decision): { readonly detector: string | null } {
  if (detector === null) return { detector: null };
  return { detector: detector.template === undefined ? detector.id : 'one of customDetectors' };
}

function decisionData(decision: Decision): object {
  const { toolset, scheme, port, path, specialPurpose, rule, reason, message } = outputFieldsOf(decision);
  return {
    decision: decision.decision,
    ...detectorOf(decision),
    toolset,
    scheme,
    port,
    path,
    ...(specialPurpose ? { specialPurpose } : {}),
    rule,
    reason,
    message,
  };
}

/** The current decision: the reader of the report corrects it if it is wrong. */
function expectedOf(decision: Decision | undefined): object {
  if (!decision?.endpoint || !['selected', 'redundant'].includes(decision.decision)) return { type: null };
  const { scheme, port, path } = decision.endpoint;
  const preferred = decision.decision === 'selected';
  return { type: decision.detector?.id ?? null, port, scheme, ...(path === '' ? {} : { pathPrefix: path }), preferred };
}

function noteOn(changed: readonly string[], isRepeated: boolean, leftOut: number): string {
  return [
    changed.length === 0
      ? 'Discovery decides the anonymised Services exactly as the original ones.'
      : `Discovery decides these anonymised Services differently from the original ones: ${changed.map(shown).join(', ')}.`,
    ...(isRepeated
      ? []
      : [
          'The run decided by more than these facts (`run`): health, what the ConfigMap held, settings, or other Services.',
        ]),
    ...(leftOut === 0 ? [] : [`Left out for their length: ${String(leftOut)} custom resources and Pods.`]),
  ].join('\n');
}

function markdown(key: string, yaml: string, note: string): string {
  return `## Misdetected Service ${shown(key)}

Every name that no rule knows is replaced, the same by the same; please look through the text once more before it is
published. ${note}

### What I expected

In \`expected\` below, in place of \`${unanswered}\`: the id of the detector, with \`port\`, \`scheme\` and, below a path,
\`pathPrefix\`; \`preferred: true\` for the one to be taken, \`false\` for a door beside it. Or \`type: null\` for a Service that
must not be taken. The answers about the other Services are what is decided today.

### Facts

\`\`\`yaml
${yaml}\`\`\`
`;
}

/** Anything but a valid Kubernetes name could be Markdown. */
function shown(key: string): string {
  return `\`${key.replace(/[^a-z0-9./-]/g, '?')}\``;
}
