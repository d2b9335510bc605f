import { meanings } from '../../../../detectors/stores/types.ts';
import type { Candidate } from '../../../discovery/decision.ts';
import { trustedFirst } from '../../../discovery/selection/ranking.ts';
import type { DataMap } from '../../../lib/json.ts';
import type { StoreFacts } from '../../../discovery/first-question/facts.ts';
import type { Assumption } from './assumed.ts';
import { compare } from '../../../lib/object-key.ts';
import { supportsMultiple, toolsetSpecOf } from '../toolset-specs.ts';
import { assumptionOf, differingNames } from './assumed.ts';
import { byTenant } from '../../tenants.ts';

/** Name of the entry that tells the model facts about stores for which their toolsets have no key. */
export const storesEntry = 'cluster/stores';

/** First minor release of 0.x that accepts an entry with instructions and no tools. */
export const instructionsSince = 24;

/** Maximum number of stores in the instructions: each adds a line to the prompt. */
const maxStores = 50;

/**
 * An entry with instructions and no tools; `null` where every store is as HolmesGPT assumes. Instructions under a
 * built-in toolset would replace its own. HolmesGPT expands the text as a Jinja template, so it contains only our
 * sentences and names in the alphabets of StoreFacts.
 */
export function instructionsEntry(
  admitted: readonly Candidate[],
  minor: number,
  isTrusted: (namespace: string) => boolean,
): DataMap | null {
  // The order of toolsets changes once they are in the ConfigMap: sorted, so that the text stays the same.
  const ordered = admitted.toSorted((a, b) => compare(a.toolset, b.toolset));
  const backends = ordered.flatMap((one) => byTenant([one], supportsMultiple(toolsetSpecOf(one), minor)));
  const described = backends.flatMap((backend) => {
    const isOneOfSeveral =
      backend.service.cluster !== undefined ||
      backends.some((one) => one !== backend && one.toolset === backend.toolset);
    const line = lineOf(backend, isOneOfSeveral);
    return line === null ? [] : { backend, line };
  });
  if (described.length === 0) return null;
  const isOfSeveral = admitted.some(({ service }) => service.cluster !== undefined);
  const describedBackends = described.map(({ backend }) => backend);
  // No namespace takes another one's lines.
  const shown = new Set(trustedFirst(describedBackends, isTrusted).slice(0, maxStores));
  const more = described.length - shown.size;
  const lines = [
    `Stores of ${isOfSeveral ? 'several clusters' : 'this cluster'} call things otherwise than other instructions say. Use the names below in queries.`,
    ...described.filter(({ backend }) => shown.has(backend)).map(({ line }) => line),
    ...(more > 0
      ? [`- ${String(more)} more stores: list the names of their labels or fields before the first query.`]
      : []),
  ];
  return {
    enabled: true,
    description: `Names of labels and fields in ${isOfSeveral ? 'the stores of several clusters' : "this cluster's stores"}`,
    llm_instructions: `${lines.join('\n')}\n`,
    tools: [],
  };
}

/** The line about one store; `null` where everything is as assumed. */
function lineOf({ toolset, instance, store }: Candidate, isOneOfSeveral: boolean): string | null {
  const assumption = assumptionOf(toolset);
  if (!store || !assumption) return null;
  const { labels, cluster, indices } = store;
  const sentences = [...indicesOf(indices), ...namesOf(labels, assumption), ...clusterOf(cluster, assumption)];
  if (sentences.length === 0) return null;
  const subject = isOneOfSeveral ? `${toolset}, instance ${instance}` : toolset;
  return `- Toolset ${subject}: ${sentences.join(' ')}`;
}

/** No configuration has a key for indices: each search names some, and its description gives `logs-*` as an example. */
function indicesOf(indices: StoreFacts['indices']): string[] {
  return indices === undefined ? [] : [`Search index ${code(indices.join(','))}.`];
}

/** Names without a key in the configuration; with one, HolmesGPT uses them by itself. */
function namesOf(labels: StoreFacts['labels'], assumption: Assumption): string[] {
  const { names, namesKey, word, selector } = assumption;
  const known = meanings.flatMap((meaning) => {
    const name = labels[meaning];
    return name === undefined ? [] : [`${code(name)} for the ${meaning}`];
  });
  if (namesKey !== null || known.length === 0) return [];
  const missing = meanings.filter((meaning) => names[meaning] !== undefined && labels[meaning] === undefined);
  const isUsual = missing.length === 0 && Object.keys(differingNames(labels, assumption)).length === 0;
  if (isUsual) return [];
  const example = labels.namespace === undefined ? null : selector(labels.namespace, 'my-namespace');
  return [
    `The ${word}s are ${known.join(', ')}.`,
    ...(missing.length > 0 ? [`There is no ${word} for the ${missing.join(' or the ')}.`] : []),
    ...(example === null ? [] : [`Example: ${code(example)}.`]),
  ];
}

function clusterOf(cluster: StoreFacts['cluster'], { matchersKey, selector }: Assumption): string[] {
  if (!cluster || matchersKey !== null) return [];
  return [`Data of this cluster alone: ${code(selector(cluster.label, cluster.value))}, in every query.`];
}

function code(text: string): string {
  return `\`${text}\``;
}
