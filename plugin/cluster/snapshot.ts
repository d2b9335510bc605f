import { createReadStream } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { FieldValues, ServiceView } from '../../detectors/types.ts';
import { systemClock } from '../lib/clock.ts';
import { PluginError, reasonOf } from '../lib/errors.ts';
import type { Json } from '../lib/json.ts';
import { asObject, asObjects, asString, getOwn } from '../lib/json.ts';
import { InvalidListError, ListDecoder } from './http/list-decoder.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Answer, Cluster, KeptKeys, PodKeys, PodRef, PodView, ResourceRef } from './types.ts';
import { isInScope } from './types.ts';
import { fieldValues, podView } from './evidence-projections.ts';
import { configMapView, maxServiceText, nameOnly, namespaceView, serviceView } from './projections.ts';
import { mergeSlices, sliceView } from './slice-projections.ts';

/** A recorded cluster: objects by kind, as printed by `kubectl get svc,endpointslices,ns,cm -A -o yaml`. */
export type Recording = ReadonlyMap<string, readonly unknown[]>;

/**
 * Reads a recording from a file, or from standard input for `-`: by its file descriptor, so that it works in a worker
 * thread too. Fails with SNAPSHOT_INVALID.
 */
export async function readRecording(file: string): Promise<Recording> {
  const stream = file === '-' ? createReadStream('', { fd: 0, autoClose: false }) : createReadStream(file);
  const reading = new RecordingReader();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) reading.push(chunk);
  } catch (cause) {
    if (cause instanceof NotUtf8Error) throw invalid(file, cause.message, cause);
    if (cause instanceof InvalidListError) throw unparsable(file, cause);
    throw invalid(file, `cannot be read: ${reasonOf(cause)}`, cause);
  }
  const recording = Map.groupBy(withoutDuplicates(objectsOf(reading, file).filter(isOfItsGroup), file), kindOf);
  if (!recording.has('Service') && recording.size === (recording.has('') ? 1 : 0)) {
    throw invalid(file, 'holds no Kubernetes objects');
  }
  return recording;
}

/** JSON, as kubectl prints for a large cluster, is read object by object; YAML all at once. */
class RecordingReader {
  readonly #items: unknown[] = [];
  readonly #decoder = new ListDecoder((item) => this.#items.push(withoutOversize(item)));
  readonly #yaml: Buffer[] = [];
  #isJson: boolean | null = null;

  push(bytes: Buffer): void {
    if (this.#isJson === null) assertUtf8(bytes);
    const chunk = this.#isJson === null ? withoutByteOrderMark(bytes) : bytes;
    this.#isJson ??= chunk.toString('latin1').trimStart().startsWith('{');
    if (this.#isJson) this.#decoder.push(chunk);
    else this.#yaml.push(chunk);
  }

  /** The documents; throws the parsers' errors. */
  end(): unknown[] {
    if (!this.#isJson) return documentsOf(Buffer.concat(this.#yaml).toString('utf8'));
    const list = asObject(JSON.parse(this.#decoder.end()));
    return [Array.isArray(list.items) ? { ...list, items: this.#items } : list];
  }
}

class NotUtf8Error extends Error {}

/** Checks the first bytes of the file: on another encoding, a parser finds nothing and cannot say why. */
function assertUtf8([first, second]: Buffer): void {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new NotUtf8Error('is UTF-16, as > in Windows PowerShell writes it: save it as UTF-8');
  if (first === 0x1f && second === 0x8b) throw new NotUtf8Error('is compressed: unpack it with gunzip');
}

/** Windows PowerShell writes one. JSON must not have it, and as YAML, 10,000 Services take five times the memory. */
function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).toString('utf8') === '\uFEFF' ? bytes.subarray(3) : bytes;
}

function documentsOf(content: string): unknown[] {
  return parseAllDocuments(content, { uniqueKeys: false }).map((document) => {
    const error = document.errors[0];
    if (error) throw error;
    return document.toJS() as unknown;
  });
}

function objectsOf(reading: RecordingReader, file: string): unknown[] {
  try {
    return reading.end().flatMap(itemsOf);
  } catch (cause) {
    throw unparsable(file, cause);
  }
}

/** API groups of the recorded kinds. Other groups have a Service too, such as Knative's. */
const groups: Readonly<Record<string, string>> = {
  Service: '',
  Namespace: '',
  ConfigMap: '',
  EndpointSlice: 'discovery.k8s.io',
};

/** Items of a list of one kind may lack `apiVersion`. */
function isOfItsGroup(object: unknown): boolean {
  const { kind, apiVersion } = asObject(object);
  const group = getOwn(groups, asString(kind));
  return group === undefined || typeof apiVersion !== 'string' || groupOf(apiVersion) === group;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/**
 * Drops duplicates. Two versions of one object cannot both be true: fails with SNAPSHOT_INVALID. For Pods and custom
 * resources, `snapshot` records the answer to each question.
 */
function withoutDuplicates(objects: readonly unknown[], file: string): unknown[] {
  const first = new Map<string, unknown>();
  return objects.filter((object) => {
    const kind = kindOf(object);
    const { namespace, name } = asObject(asObject(object).metadata);
    if (getOwn(groups, kind) === undefined || typeof name !== 'string') return true;
    const named = `${kind} ${typeof namespace === 'string' ? `${namespace}/` : ''}${name}`;
    const other = first.get(named);
    if (other === undefined) first.set(named, object);
    else if (!isDeepStrictEqual(other, object))
      throw invalid(file, `holds two versions of ${named}: it was recorded at two times, or in two clusters`);
    return other === undefined;
  });
}

/** Replaces a Service that is too large with what is kept of it. A symbol, since no file can contain such a key. */
const oversize = Symbol('oversize');

function withoutOversize(object: unknown): unknown {
  if (kindOf(object) !== 'Service') return object;
  const view = serviceView(object, { labels: noKeys, annotations: noKeys, namespaceLabels: noKeys });
  return view && view.oversize !== null ? { kind: 'Service', [oversize]: view } : object;
}

const noKeys = new Set<string>();

/** On a recorded Service that is too large to be evaluated: its length. The recording has only its name. */
export const lengthAnnotation = 'kubernaut.io/snapshot-length';

function recordedService(object: unknown, keys: KeptKeys): ServiceView | null {
  const view = (asObject(object) as { readonly [oversize]?: ServiceView })[oversize] ?? serviceView(object, keys);
  const { annotations } = asObject(asObject(object).metadata);
  const length = Number(getOwn(asObject(annotations), lengthAnnotation));
  return view && length > maxServiceText ? { ...nameOnly(view), oversize: length } : view;
}

/** Records that there are no EndpointSlices; without it, a recording may just lack them. */
export const noSlices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items: [] } as const;

/** The cluster as recorded. */
export function snapshot(recording: Recording, clock = systemClock): Cluster {
  const objects = (kind: string): readonly unknown[] => recording.get(kind) ?? [];
  const slices = objects('EndpointSlice').flatMap((slice) => sliceView(slice) ?? []);
  const endpoints = mergeSlices(slices);
  const hasSlices = slices.length > 0 || recording.has(noSlices.kind);
  return {
    services: (scope, keys) =>
      Promise.resolve(
        objects('Service')
          .flatMap((object) => recordedService(object, keys) ?? [])
          .filter(({ namespace }) => isInScope(scope, namespace)),
      ),
    namespaces: (keys) => Promise.resolve(objects('Namespace').flatMap((object) => namespaceView(object, keys) ?? [])),
    endpoints: (services) =>
      Promise.resolve(hasSlices ? endpoints : new Map(services.map((service) => [keyOf(service), allReady]))),
    configMap: ({ namespace, name }) => {
      const live = objects('ConfigMap').find((object) => {
        const { metadata } = object as { metadata?: { namespace?: unknown; name?: unknown } };
        return metadata?.name === name && (metadata.namespace ?? 'default') === namespace;
      });
      return Promise.resolve(live === undefined ? null : configMapView(live));
    },
    customResource: (ref) => Promise.resolve(recordedResource(objects(ref.type.kind), ref)),
    pod: (ref, keys) => Promise.resolve(recordedPod(objects('Pod'), ref, keys)),
    // Time of the latest change in the recording, so that the time unready does not grow with the age of the file. A
    // change in the future is ignored: it would make all others look old.
    now: () => {
      const present = clock.epochMs();
      const times = slices.map(({ endpoints: { changedAt } }) => changedAt ?? 0).filter((time) => time <= present);
      return times.reduce((latest, time) => Math.max(latest, time), 0);
    },
  };
}

/** An object in any known version: the recorded one. */
function recordedResource(
  objects: readonly unknown[],
  { type, namespace, name, uid }: ResourceRef,
): Answer<FieldValues> {
  if (objects.length === 0) return { unread: 'NotRecorded' };
  const found = named(objects, namespace, name).find(({ apiVersion }) =>
    type.versions.some((version) => apiVersion === `${type.group}/${version}`),
  );
  if (!found) return { unread: 'NotFound' };
  const own = asObject(found.metadata).uid;
  const isOwn = uid === null || own === undefined || own === uid;
  return isOwn ? { value: fieldValues(found, type) } : { unread: 'NotItsOwn' };
}

/** Found by name; without recorded EndpointSlices, the first Pod that the selector matches. */
function recordedPod(objects: readonly unknown[], ref: PodRef, keys: PodKeys): Answer<PodView> {
  if (objects.length === 0) return { unread: 'NotRecorded' };
  const candidates =
    ref.name === null
      ? asObjects(objects).filter(({ metadata }) => asObject(metadata).namespace === ref.namespace)
      : named(objects, ref.namespace, ref.name);
  const views = candidates.flatMap((pod) => [podView(pod, ref, keys)].filter((view) => view !== null));
  const [first] = views;
  if (first) return { value: first };
  return { unread: ref.name !== null && candidates.length > 0 ? 'NotItsOwn' : 'NotFound' };
}

function named(objects: readonly unknown[], namespace: string, name: string): Json[] {
  return asObjects(objects).filter(({ metadata }) => {
    const own = asObject(metadata);
    return own.name === name && (own.namespace ?? 'default') === namespace;
  });
}

const allReady = { ready: 1, notReady: 0, changedAt: null, ports: null, pod: null } as const;

/** The items of a List, or the object itself. Items of a typed list without a kind get that of the list. */
function itemsOf(object: unknown): unknown[] {
  const { kind, items } = asObject(object);
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [object];
  if (kind === noSlices.kind && items.length === 0) return [noSlices];
  const ofKind = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown) => itemsOf({ ...ofKind, ...asObject(item) }));
}

function kindOf(object: unknown): string {
  return asString(asObject(object).kind);
}

function unparsable(file: string, cause: unknown): PluginError {
  const isIncomplete = cause instanceof InvalidListError && cause.cause instanceof SyntaxError;
  const message = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
  const reason = isIncomplete
    ? 'it is cut off, or more than one JSON document: put all objects into the items of one List'
    : message;
  return invalid(file, `is neither JSON nor YAML: ${reason}`, cause);
}

function invalid(file: string, what: string, cause?: unknown): PluginError {
  return new PluginError('SNAPSHOT_INVALID', `--snapshot ${file} ${what}`, {
    hint: 'record a cluster with: dynamic-toolset snapshot, or kubectl get svc,endpointslices,ns,cm -A -o yaml',
    cause,
  });
}
