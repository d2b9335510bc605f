import { applicationView, isHydrated, isPlugin, sourcesOf } from '../../argocd/application.ts';
import type { ApplicationView, Source } from '../../argocd/application.ts';
import { destinationOf } from '../../argocd/destination.ts';
import type { Destination } from '../../argocd/destination.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { ignoredDifferences } from './ignored-differences.ts';
import type { IgnoredDifferences } from './ignored-differences.ts';

/** `metadata.name` of plugin.yaml. */
export const pluginName = 'dynamic-toolset';

/** A source of an Application. */
export interface SourceView {
  /** JSON Pointer to it in the Application. */
  readonly pointer: string;
  readonly repoUrl: string;
  /** Name of its plugin; empty for one that Argo CD is to discover, `null` without a plugin. */
  readonly plugin: string | null;
  /** Value of its parameter `cluster`; empty if unset. */
  readonly cluster: string;
  /** Other tools that it configures: Argo CD allows one kind per source. */
  readonly otherKinds: readonly string[];
}

/** The parts of an Application's spec that only `doctor` reads. */
interface ApplicationSpec {
  readonly sources: readonly SourceView[];
  readonly destination: Destination & { readonly namespace: string };
  /** The ApplicationSet that makes it, and resets it to its template; `null` if there is none. */
  readonly applicationSet: string | null;
  /** Automated sync is configured, and switched off by `enabled: false`. */
  readonly switchedOff: boolean;
  /** The source from which Argo CD's hydrator writes manifests to a branch; `null` without a hydrator. */
  readonly drySource: Json | null;
  /** In the order of `spec.ignoreDifferences`. */
  readonly ignoredDifferences: readonly IgnoredDifferences[];
}

export type DoctorApplication = ApplicationView & ApplicationSpec;

/** As `applicationView`, with the sources and the destination. */
export function doctorApplication(object: unknown, ownClusters: readonly string[] = []): DoctorApplication | null {
  const view = applicationView(object, ownClusters);
  if (view === null) return null;
  const spec = asObject(asObject(object).spec);
  const owners = asObjects(asObject(asObject(object).metadata).ownerReferences);
  const drySource = isHydrated(spec) ? asObject(asObject(spec.sourceHydrator).drySource) : null;
  const sources = drySource ? [{ source: drySource, pointer: '/spec/sourceHydrator/drySource' }] : sourcesOf(spec);
  return {
    ...view,
    sources: sources.map(sourceView),
    destination: { ...destinationOf(spec), namespace: asString(asObject(spec.destination).namespace) },
    applicationSet: asString(owners.find(({ kind }) => kind === 'ApplicationSet')?.name) || null,
    switchedOff: asObject(asObject(spec.syncPolicy).automated).enabled === false,
    drySource,
    ignoredDifferences: asObjects(spec.ignoreDifferences).map(ignoredDifferences),
  };
}

/** Whether an ApplicationSet syncs its Applications in steps. */
export function isRolling(applicationSet: Json): boolean {
  return asObject(asObject(applicationSet.spec).strategy).type === 'RollingSync';
}

/** The Applications that name the plugin in at least one source. */
export function ownApplications(applications: readonly DoctorApplication[]): readonly DoctorApplication[] {
  return applications.filter(({ sources }) => sources.some(isOwnSource));
}

export function isOwnSource({ plugin }: SourceView): boolean {
  return plugin !== null && isPlugin(plugin, pluginName);
}

const otherKinds = ['kustomize', 'helm', 'directory'] as const;

function sourceView({ source, pointer }: Source): SourceView {
  const isSet = (value: unknown): boolean => value !== undefined && value !== null;
  return {
    pointer,
    repoUrl: asString(source.repoURL),
    plugin: isSet(source.plugin) ? asString(asObject(source.plugin).name) : null,
    cluster: clusterOf(asObject(source.plugin)),
    otherKinds: otherKinds.filter((kind) => isSet(source[kind])),
  };
}

/** If a parameter is repeated, the plugin uses the last one. */
function clusterOf({ parameters }: Json): string {
  return asString(asObjects(parameters).findLast(({ name }) => name === 'cluster')?.string);
}
