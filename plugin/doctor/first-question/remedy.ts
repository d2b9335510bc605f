import type { StoreProber } from '../../cluster/stores/store-prober.ts';
import type { LearnedFacts } from '../../discovery/first-question/facts.ts';
import { tenantKindOf } from '../../discovery/first-question/declared.ts';
import { learnedFrom } from '../../discovery/first-question/answer.ts';
import { storeQuestionOf } from '../../discovery/first-question/question.ts';
import { noFactsSentence } from '../../discovery/first-question/stores-without-facts.ts';
import { writtenAdvice } from '../../consumers/holmesgpt/credentials/advice.ts';
import { minorOf } from '../../consumers/holmesgpt/index.ts';
import { toolsetSpecOf } from '../../consumers/holmesgpt/toolset-specs.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import { renderManifest } from '../../lib/data/yaml-writer.ts';
import type { AskResult } from './ask.ts';
import type { Because } from './outcomes.ts';
import { because } from './outcomes.ts';
import type { Target } from './targets.ts';

/** Why a first question returned nothing, and what fixes it. */
export interface Explanation extends Because {
  /** Lines of toolset.yaml, or a command. */
  readonly fix: readonly string[];
}

export interface RemedyInputs {
  readonly spec: ToolsetConfig['spec'];
  readonly namespaces: ReadonlySet<string>;
  readonly prober: Pick<StoreProber, 'ask'>;
  readonly isTrusted: (namespace: string) => boolean;
  /** The command that asks from within the cluster. */
  readonly fromWithin: string;
}

type StoreSetting = Omit<ToolsetConfig['spec']['stores'][number], 'namespace' | 'name' | 'toolset'>;

/** Explains an empty response, or one without a tenant, by what the store reveals about itself: at most 4 requests. */
export async function explainAnswer(target: Target, answered: AskResult, inputs: RemedyInputs): Promise<Explanation> {
  if ('emptySelector' in answered)
    return explainEmpty(target, answered.emptySelector, await learnFacts(target, inputs));
  const { reason } = answered;
  if (reason === 'TenantMissing') return explainTenantMissing(target, await learnFacts(target, inputs));
  if (reason === 'Unreachable') return { ...answered, fix: [inputs.fromWithin] };
  return { ...answered, fix: reason === 'Refused' ? credentialFix(target, inputs) : [] };
}

type LearnResult = LearnedFacts | { readonly why: string; readonly isEmpty: boolean };

/** Also asks for the cluster label that the settings specify: they may be wrong. */
async function learnFacts({ candidate, tenant }: Target, inputs: RemedyInputs): Promise<LearnResult> {
  const { spec, namespaces, prober } = inputs;
  const { target, ...others } = spec;
  const { cluster: _, ...named } = target;
  const question = candidate && storeQuestionOf(candidate, null, { ...others, target: named }, undefined);
  if (!question) return { why: 'it is not asked', isEmpty: false };
  const usual = question.tenants.filter((one) => one !== null && one !== tenant);
  const tenants = tenant === null ? question.tenants : [tenant, ...usual];
  const answer = await prober.ask({ ...question, tenants });
  if ('noFacts' in answer) return { why: noFactsSentence(answer.noFacts), isEmpty: answer.noFacts === 'Empty' };
  return learnedFrom(answer.content, { api: question.api, namespaces: () => namespaces });
}

function explainEmpty(target: Target, selector: string, learned: LearnResult): Explanation {
  if ('why' in learned) {
    if (learned.isEmpty) return { ...because('StoreEmpty'), fix: [] };
    const fix = storeFix(target, { labels: { namespace: 'NAME' } });
    return { ...because('NotLearned', { selector, why: learned.why }), fix };
  }
  const { tenants, labels, cluster, indices } = learned;
  const [found] = tenants;
  // A request without an account is for account 0:0.
  const asked = target.tenant ?? (tenantKindOf(target) === 'account' ? '0:0' : null);
  if (found !== undefined && asked !== null && !tenants.includes(asked)) {
    const reason = because('TenantDiffers', { selector, tenant: asked, found });
    return { ...reason, fix: storeFix(target, { tenants: [...tenants], labels }) };
  }
  const { namespace } = labels;
  if (namespace === undefined)
    return { ...because('NameUnknown', { selector }), fix: storeFix(target, { labels: { namespace: 'NAME' } }) };
  if (namespace !== target.name)
    return { ...because('NameDiffers', { selector, name: namespace }), fix: storeFix(target, { labels }) };
  if (indices && target.indices.length > 0 && indices.join() !== target.indices.join()) {
    const reason = because('IndexDiffers', { selector, indices: target.indices.join(','), found: indices.join(',') });
    return { ...reason, fix: storeFix(target, { indices: [...indices] }) };
  }
  const own = target.cluster;
  const right = cluster && cluster.value !== null ? { label: cluster.label, value: cluster.value } : null;
  if (own && right && (right.label !== own.label || right.value !== own.value)) {
    return { ...because('ClusterDiffers', { selector, ...right }), fix: storeFix(target, { cluster: right }) };
  }
  return { ...because('NamespacesAbsent', { selector }), fix: [] };
}

function explainTenantMissing(target: Target, learned: LearnResult): Explanation {
  const [found] = 'why' in learned ? [] : learned.tenants;
  const fix = storeFix(target, { tenants: [found ?? 'TENANT'] });
  return { ...(found === undefined ? because('TenantMissing') : because('TenantFound', { found })), fix };
}

/** Lines for toolset.yaml; capitals stand for what only people know. */
function storeFix({ service: { namespace, name } }: Target, setting: StoreSetting): readonly string[] {
  return linesOf({ spec: { stores: [{ namespace, name, ...setting }] } });
}

/** Only trusted namespaces get a credential. */
function credentialFix(target: Target, { spec, isTrusted }: RemedyInputs): readonly string[] {
  const { service, toolset } = target;
  const advice = writtenAdvice(toolset, toolsetSpecOf(target), minorOf(spec.target.version));
  const trust = isTrusted(service.namespace)
    ? []
    : linesOf({ spec: { trust: { namespaces: [service.namespace] } } }).slice(1);
  return ['spec:', ...trust, '  credentials:', `    ${toolset}: ${advice}`];
}

function linesOf(settings: object): readonly string[] {
  return renderManifest(settings).trimEnd().split('\n');
}
