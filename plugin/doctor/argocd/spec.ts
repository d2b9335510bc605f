import { applicationView, isPlugin } from '../../argocd/application.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import { destinationOf } from '../../argocd/destination.ts';
import type { Destination } from '../../argocd/destination.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';

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
  /** The source from which Argo CD's hydrator writes manifests to a branch; `null` without a hydrator. */
  readonly drySource: Json | null;
}

export type DoctorApplication = ApplicationView & ApplicationSpec;

/** As `applicationView`, with the sources and the destination. */
export function doctorApplication(object: unknown, ownClusters: readonly string[] = []): DoctorApplication | null {
  const view = applicationView(object, ownClusters);
  if (view === null) return null;
  const spec = asObject(asObject(object).spec);
  const owners = asObjects(asObject(asObject(object).metadata).ownerReferences);
  const { sourceHydrator } = spec;
  const drySource = sourceHydrator === undefined ? null : asObject(asObject(sourceHydrator).drySource);
  return {
    ...view,
    sources: drySource === null ? sourcesIn(spec) : [sourceOf(drySource, '/spec/sourceHydrator/drySource')],
    destination: { ...destinationOf(spec), namespace: asString(asObject(spec.destination).namespace) },
    applicationSet: asString(owners.find(({ kind }) => kind === 'ApplicationSet')?.name) || null,
    drySource,
  };
}

/** The Applications that name the plugin in at least one source. */
export function ownApplications(applications: readonly DoctorApplication[]): readonly DoctorApplication[] {
  return applications.filter(({ sources }) => sources.some(isOwnSource));
}

export function isOwnSource({ plugin }: SourceView): boolean {
  return plugin !== null && isPlugin(plugin, pluginName);
}

function sourcesIn({ source, sources }: Json): SourceView[] {
  const several = asObjects(sources);
  if (several.length === 0) return [sourceOf(asObject(source), '/spec/source')];
  return several.map((one, index) => sourceOf(one, `/spec/sources/${String(index)}`));
}

const otherKinds = ['kustomize', 'helm', 'directory'] as const;

function sourceOf(source: Json, pointer: string): SourceView {
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
