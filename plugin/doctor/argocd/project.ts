import { matchesPattern } from '../../discovery/match/glob.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import { asObject, asObjects, asString, asStrings } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { keyOf } from '../../lib/object-key.ts';
import { applicationOf, patchCommand } from '../fix-commands.ts';
import type { PatchOperation } from '../fix-commands.ts';
import type { Check, Manager } from '../reasons.ts';
import { because, finding } from '../reasons.ts';
import type { DoctorApplication } from './spec.ts';

/** The part of an AppProject that is read. */
export interface ProjectView {
  readonly namespace: string;
  readonly name: string;
  readonly parent: Manager | null;
  readonly spec: Json;
  /** The global projects that it inherits from. */
  readonly globals: readonly ProjectView[];
}

export function projectView(object: unknown, globals: readonly unknown[] = []): ProjectView | null {
  const { metadata, spec } = asObject(object);
  const { namespace, name, annotations } = asObject(metadata);
  if (typeof namespace !== 'string' || typeof name !== 'string') return null;
  return {
    namespace,
    name,
    parent: applicationOf(asObject(annotations)),
    spec: asObject(spec),
    globals: globals.flatMap((one) => projectView(one) ?? []),
  };
}

/**
 * What a project forbids an Application. Kinds are reported before the first sync fails because of them; for
 * repositories and destinations, Argo CD's own verdict from each comparison is used.
 */
export function checkProject(application: DoctorApplication, project: ProjectView): Check[] {
  const messages = application.conditions
    .filter(({ type }) => type === 'InvalidSpecError')
    .map(({ message }) => message)
    .join('\n');
  const found = [
    { reason: 'ProjectForbidsKind', project, patch: kindPatch(project) },
    ...project.globals.map((global) => ({
      reason: 'ProjectForbidsKind' as const,
      project: global,
      patch: kindDenials(global.spec),
    })),
    ...(messages.includes('is not permitted in project')
      ? [{ reason: 'ProjectForbidsSource', project, patch: sourcePatch(application, project.spec, messages) } as const]
      : []),
    ...(messages.includes('do not match any of the allowed destinations')
      ? [{ reason: 'ProjectForbidsDestination', project, patch: destinationPatch(application, project.spec) } as const]
      : []),
  ] as const;
  return found.flatMap(({ reason, project: one, patch }) =>
    patch.length === 0
      ? []
      : [
          finding(because(reason, { application: keyOf(application) }), `AppProject ${keyOf(one)}`, {
            fix: [patchCommand(one, 'appproject', 'json', patch), ...(one === project ? [] : [rereadCommand(project)])],
            managedBy: one.parent,
          }),
        ],
  );
}

/** Argo CD caches what a project inherits until that project itself changes, or for minutes. */
function rereadCommand({ namespace, name }: ProjectView): string {
  return `kubectl --namespace ${namespace} annotate appproject ${name} --overwrite kubernaut.io/read-again="$(date +%s)"`;
}

/**
 * As Argo CD decides it: without a whitelist, in the project itself or a global one, every kind is allowed, and the
 * blacklist takes precedence.
 */
function kindPatch({ spec, globals }: ProjectView): PatchOperation[] {
  const { namespaceResourceWhitelist: own } = spec;
  const lists = [own, ...globals.map((one) => one.spec.namespaceResourceWhitelist)].filter((one) => Array.isArray(one));
  const denied = kindDenials(spec);
  if (lists.length === 0 || lists.flatMap(asObjects).some(isConfigMap)) return denied;
  return [...denied, appending('/spec/namespaceResourceWhitelist', own, { group: '', kind: 'ConfigMap' })];
}

function kindDenials({ namespaceResourceBlacklist }: Json): PatchOperation[] {
  return removal('/spec/namespaceResourceBlacklist', namespaceResourceBlacklist, isConfigMap);
}

function isConfigMap({ group, kind }: Json): boolean {
  return matchesPattern(asString(group), '') && matchesPattern(asString(kind), 'ConfigMap');
}

function sourcePatch({ sources }: DoctorApplication, { sourceRepos }: Json, messages: string): PatchOperation[] {
  const repositories = sources.map(({ repoUrl }) => repoUrl).filter((url) => messages.includes(`repo ${url} `));
  return [...new Set(repositories)].flatMap((url) => [
    ...denials('/spec/sourceRepos', sourceRepos, (pattern) => deniesRepository(pattern, url)),
    appending('/spec/sourceRepos', sourceRepos, url),
  ]);
}

/** As Argo CD matches what follows `!`: only `**` matches slashes, `*` does not, not even alone. */
function deniesRepository(pattern: string, url: string): boolean {
  const partsOf = (text: string): number => text.split('/').length;
  return (pattern.includes('**') || partsOf(pattern) === partsOf(url)) && matchesPattern(pattern, url);
}

function destinationPatch({ destination }: DoctorApplication, { destinations }: Json): PatchOperation[] {
  const { name, server, namespace } = destination;
  const cluster = name === '' ? { server: server || ownCluster.server } : { name };
  const denied = removal('/spec/destinations', destinations, (one) =>
    [one.server, one.name, one.namespace].some((text) => asString(text).startsWith('!')),
  );
  return [...denied, appending('/spec/destinations', destinations, { ...cluster, namespace })];
}

function appending(path: string, list: unknown, value: unknown): PatchOperation {
  return Array.isArray(list) ? { op: 'add', path: `${path}/-`, value } : { op: 'add', path, value: [value] };
}

/** Removes patterns with `!` that deny a text. */
function denials(path: string, list: unknown, denies: (pattern: string) => boolean): PatchOperation[] {
  const isDenial = (one: string): boolean => one.startsWith('!') && denies(one.slice(1));
  return removals(path, asStrings(list), isDenial);
}

function removal(path: string, list: unknown, isOne: (item: Json) => boolean): PatchOperation[] {
  return removals(path, asObjects(list), isOne);
}

/** Last first, so that earlier indexes stay valid; each with a test that the item is still there. */
function removals<T>(path: string, list: readonly T[], isOne: (item: T) => boolean): PatchOperation[] {
  return [...list.entries()]
    .filter(([, item]) => isOne(item))
    .reverse()
    .flatMap(([index, value]) => [
      { op: 'test', path: `${path}/${String(index)}`, value } as const,
      { op: 'remove', path: `${path}/${String(index)}` } as const,
    ]);
}
