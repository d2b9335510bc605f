import { createReadStream } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { ServiceView } from '../../detectors/types.ts';
import { PluginError, reasonOf } from '../lib/errors.ts';
import { asObject, asString, getOwn } from '../lib/json.ts';
import { InvalidListError, ListDecoder } from './http/list-decoder.ts';
import { serviceView } from './projections.ts';

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

/** What is kept of a Service that is too large; `undefined` for any other object. */
export function oversizeService(object: unknown): ServiceView | undefined {
  return (asObject(object) as { readonly [oversize]?: ServiceView })[oversize];
}

/** Records that there are no EndpointSlices; without it, a recording may just lack them. */
export const noSlices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items: [] } as const;

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
