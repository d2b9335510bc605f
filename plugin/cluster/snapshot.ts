import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '../lib/clock.ts';
import { PluginError, reasonOf } from '../lib/errors.ts';
import { asObject, asString } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Cluster, NamespaceScope } from './types.ts';
import { configMapView, mergeSlices, namespaceView, serviceView, sliceView } from './projections.ts';

/** A recorded cluster: objects by their kind, as `kubectl get svc,endpointslices,ns,cm -A -o yaml` prints them. */
export type Recording = ReadonlyMap<string, readonly unknown[]>;

/** Reads a recording from a file, or from standard input where it is `-`: by its descriptor, also in a thread. Fails with SNAPSHOT_INVALID. */
export async function readRecording(file: string): Promise<Recording> {
  const content = await (
    file === '-' ? textOf(createReadStream('', { fd: 0, autoClose: false })) : readFile(file, 'utf8')
  ).catch((cause: unknown) => {
    throw invalid(file, `cannot be read: ${reasonOf(cause)}`, cause);
  });
  const recording = Map.groupBy(parse(content, file).flatMap(itemsOf), kindOf);
  if (!recording.has('Service') && recording.size === (recording.has('') ? 1 : 0)) {
    throw invalid(file, 'holds no Kubernetes objects');
  }
  return recording;
}

/** The cluster as it was when it was recorded. */
export function snapshot(recording: Recording, clock = systemClock): Cluster {
  const objects = (kind: string): readonly unknown[] => recording.get(kind) ?? [];
  const slices = objects('EndpointSlice').flatMap((slice) => sliceView(slice) ?? []);
  const endpoints = mergeSlices(slices);
  return {
    services: (scope, keys) =>
      Promise.resolve(
        objects('Service')
          .flatMap((object) => serviceView(object, keys) ?? [])
          .filter(({ namespace }) => isIn(scope, namespace)),
      ),
    namespaces: (keys) => Promise.resolve(objects('Namespace').flatMap((object) => namespaceView(object, keys) ?? [])),
    endpoints: (services) =>
      Promise.resolve(slices.length > 0 ? endpoints : new Map(services.map((service) => [keyOf(service), allReady]))),
    configMap: ({ namespace, name }) => {
      const live = objects('ConfigMap').find((object) => {
        const { metadata } = object as { metadata?: { namespace?: unknown; name?: unknown } };
        return metadata?.name === name && (metadata.namespace ?? 'default') === namespace;
      });
      return Promise.resolve(live === undefined ? null : configMapView(live));
    },
    // Time of the latest change in the recording, so that the time unready does not grow with the age of the file. A
    // change in the future tells no time: it would make all others old.
    now: () => {
      const present = clock.epochMs();
      const times = slices.map(({ endpoints: { changedAt } }) => changedAt ?? 0).filter((time) => time <= present);
      return times.reduce((latest, time) => Math.max(latest, time), 0);
    },
  };
}

const allReady = { ready: 1, notReady: 0, changedAt: null, ports: new Map() } as const;

function isIn(scope: NamespaceScope, namespace: string): boolean {
  return scope === 'cluster' || scope.includes(namespace);
}

function parse(content: string, file: string): unknown[] {
  try {
    if (content.trimStart().startsWith('{')) return [JSON.parse(content) as unknown];
    return parseAllDocuments(content, { uniqueKeys: false }).map((document) => {
      const error = document.errors[0];
      if (error) throw error;
      return document.toJS() as unknown;
    });
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw invalid(file, `is neither JSON nor YAML: ${reason}`, cause);
  }
}

/** The items of a List, or the object itself. Items of a list of one kind get that kind where they have none. */
function itemsOf(object: unknown): unknown[] {
  const { kind, items } = asObject(object);
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [object];
  const ofKind = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown) => itemsOf({ ...ofKind, ...asObject(item) }));
}

function kindOf(object: unknown): string {
  return asString(asObject(object).kind);
}

function invalid(file: string, what: string, cause?: unknown): PluginError {
  return new PluginError('SNAPSHOT_INVALID', `--snapshot ${file} ${what}`, {
    hint: 'record a cluster with: dynamic-toolset snapshot, or kubectl get svc,endpointslices,ns,cm -A -o yaml',
    cause,
  });
}
