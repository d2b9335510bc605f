import type { Connection } from '../cluster/connection/connection.ts';
import type { ReadOptions } from '../cluster/http/api-client.ts';
import { reader } from '../cluster/http/api-client.ts';
import type { RequestDescriptor } from '../cluster/http/request-errors.ts';
import { objectPath } from '../cluster/http/resource-path.ts';
import { isPluginError } from '../lib/errors.ts';
import type { Json } from '../lib/json.ts';
import { asObject, asObjects, asString, asStrings, getOwn, isObject } from '../lib/json.ts';
import { matchesSelector } from '../cluster/label-selector.ts';
import type { ProjectOptions } from './project.ts';
import { readProject } from './project.ts';

/** An AppProject, and the projects that it inherits from. */
export interface ProjectWithGlobals {
  readonly project: Json;
  readonly globals: readonly Json[];
  /** Whether `globalProjects` of argocd-cm could be read, which needs a separate right: `get` on that ConfigMap. */
  readonly areGlobalsKnown: boolean;
}

type LabelSelector = Parameters<typeof matchesSelector>[1];

/**
 * What a project inherits, as in `mergeVirtualProject` of Argo CD 3.6: lists, to which the global projects' items are
 * appended.
 */
const inheritedLists = [
  ...['destinations', 'sourceRepos', 'syncWindows'],
  ...['clusterResourceWhitelist', 'clusterResourceBlacklist'],
  ...['namespaceResourceWhitelist', 'namespaceResourceBlacklist'],
];

/**
 * An AppProject with the global projects whose selector in argocd-cm matches its labels; `null` if there is none.
 * Without the right to get argocd-cm, no global project is known. Rejects with CLUSTER_*.
 */
export async function readProjectWithGlobals(
  connection: Connection,
  namespace: string,
  name: string,
  signal: AbortSignal,
  options: ProjectOptions = {},
): Promise<ProjectWithGlobals | null> {
  const read = (one: string): Promise<Json | null> => readProject(connection, namespace, one, signal, options);
  const project = await read(name);
  if (!project) return null;
  const settings = await readSettings(connection, namespace, signal, options);
  if (settings === null) return { project, globals: [], areGlobalsKnown: false };
  const labels = labelsOf(project);
  const globals: Json[] = [];
  for (const { projectName, selector } of await globalProjectsIn(settings)) {
    if (projectName === name) continue;
    // As in Argo CD: an unreadable selector hides those after it.
    if (selector === null) break;
    if (!matchesSelector(labels, selector)) continue;
    const global = await read(projectName);
    if (!global) break;
    globals.push(global);
  }
  return { project, globals, areGlobalsKnown: true };
}

/** `spec` of the project including what it inherits. */
export function inheritedSpec({ project, globals }: Pick<ProjectWithGlobals, 'project' | 'globals'>): Json {
  const specs = [project, ...globals].map(({ spec }) => asObject(spec));
  const lists = inheritedLists.flatMap((key) => {
    const written = specs.map((spec) => getOwn(spec, key)).filter((list) => Array.isArray(list)) as unknown[][];
    return written.length === 0 ? [] : [[key, written.flat()] as const];
  });
  return { ...specs[0], ...Object.fromEntries(lists) };
}

/** The text of `globalProjects`; `null` if the ConfigMap may not be read. */
async function readSettings(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
  options: ReadOptions,
): Promise<string | null> {
  const resource: RequestDescriptor = { group: '', resource: 'configmaps', verb: 'get', namespace, name: 'argocd-cm' };
  try {
    const { status, body } = await reader(connection, signal, options)(objectPath(resource, 'argocd-cm'), resource);
    return status === 200 ? asString(getOwn(asObject(asObject(body).data), 'globalProjects')) : '';
  } catch (error) {
    if (isPluginError(error) && error.code === 'CLUSTER_FORBIDDEN') return null;
    throw error;
  }
}

interface GlobalProject {
  readonly projectName: string;
  /** `null` if it is invalid. */
  readonly selector: LabelSelector | null;
}

/** A text that is not a list of them counts as empty, as in Argo CD. */
async function globalProjectsIn(text: string): Promise<readonly GlobalProject[]> {
  if (text === '') return [];
  const { parseData } = await import('../lib/data/yaml11-reader.ts');
  const list: unknown = parseData(text);
  if (!Array.isArray(list)) return [];
  return list.map((one) => {
    const { projectName, labelSelector } = asObject(one);
    return { projectName: asString(projectName), selector: selectorIn(asObject(labelSelector)) };
  });
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** `In` and `NotIn` need values; the other operators take none. */
function selectorIn({ matchLabels, matchExpressions }: Json): LabelSelector | null {
  const expressions = asObjects(matchExpressions).map(({ key, operator: written, values }) => {
    const operator = operators.find((one) => one === written);
    const isWhole = asStrings(values).length > 0 === (operator === 'In' || operator === 'NotIn');
    return operator && isWhole ? { key: asString(key), operator, values: asStrings(values) } : null;
  });
  const known = expressions.filter((one) => one !== null);
  return known.length < expressions.length ? null : { matchLabels: textsIn(matchLabels), matchExpressions: known };
}

function labelsOf({ metadata }: Json): Readonly<Record<string, string>> {
  return textsIn(asObject(metadata).labels);
}

function textsIn(map: unknown): Readonly<Record<string, string>> {
  if (!isObject(map)) return {};
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, asString(value)]));
}
