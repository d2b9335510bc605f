import type { Json } from '../../lib/json.ts';
import type { Keys } from '../types.ts';
import type { MessageReader } from './message-reader.ts';

/** Parts of metadata to read besides names, versions, labels and owners. */
export interface MetadataKeys {
  readonly annotations: Keys;
  /** Whether to read the times of field managers. Their other fields make up half of an object and are skipped. */
  readonly hasTimes: boolean;
}

/** Entries of a map of texts, each read from its fields `key` and `value`. */
export type Entries = [string, string][];

interface Metadata {
  readonly keys: MetadataKeys;
  readonly labels: Entries;
  readonly annotations: Entries;
  readonly owners: Json[];
  readonly managers: Json[];
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  createdAt: number;
}

/** Reads an ObjectMeta into the JSON fields that views read. */
export function metadataOf(reader: MessageReader, keys: MetadataKeys): Json {
  const read = reader.message(readMetadata, {
    keys,
    labels: [],
    annotations: [],
    owners: [],
    managers: [],
    name: '',
    namespace: '',
    uid: '',
    resourceVersion: '',
    createdAt: NaN,
  });
  return {
    name: read.name,
    namespace: read.namespace,
    uid: read.uid,
    resourceVersion: read.resourceVersion,
    creationTimestamp: read.createdAt,
    labels: Object.fromEntries(read.labels),
    annotations: Object.fromEntries(read.annotations),
    ownerReferences: read.owners,
    managedFields: read.managers,
  };
}

function readMetadata(field: number, metadata: Metadata, reader: MessageReader): void {
  const { keys } = metadata;
  if (field === 1) metadata.name = reader.text();
  else if (field === 3) metadata.namespace = reader.text();
  else if (field === 5) metadata.uid = reader.text();
  else if (field === 6) metadata.resourceVersion = reader.text();
  else if (field === 8) metadata.createdAt = timeOf(reader);
  else if (field === 11) metadata.labels.push(entryOf(reader));
  else if (field === 12) addAnnotation(reader, metadata);
  else if (field === 13)
    metadata.owners.push(reader.message(readOwner, { apiVersion: '', kind: '', name: '', uid: '' }));
  else if (field === 17 && keys.hasTimes) metadata.managers.push(reader.message(readManager, { time: NaN }));
}

/** One entry of a map. */
export function entryOf(reader: MessageReader): [string, string] {
  return reader.message(readEntry, ['', '']);
}

function readEntry(field: number, entry: [string, string], reader: MessageReader): void {
  if (field === 1) entry[0] = reader.text();
  else if (field === 2) entry[1] = reader.text();
}

/** Reads the value only if its key is kept: it may have 256 KB. */
function addAnnotation(reader: MessageReader, { keys, annotations }: Metadata): void {
  const entry = reader.message(readAnnotation, { keys: keys.annotations, key: '', value: '' });
  if (keys.annotations.has(entry.key)) annotations.push([entry.key, entry.value]);
}

function readAnnotation(
  field: number,
  entry: { readonly keys: Keys; key: string; value: string },
  reader: MessageReader,
): void {
  if (field === 1) entry.key = reader.text();
  else if (field === 2 && entry.keys.has(entry.key)) entry.value = reader.text();
}

function readOwner(
  field: number,
  owner: { apiVersion: string; kind: string; name: string; uid: string },
  reader: MessageReader,
): void {
  if (field === 1) owner.kind = reader.text();
  else if (field === 3) owner.name = reader.text();
  else if (field === 4) owner.uid = reader.text();
  else if (field === 5) owner.apiVersion = reader.text();
}

function readManager(field: number, manager: { time: number }, reader: MessageReader): void {
  if (field === 4) manager.time = timeOf(reader);
}

/** In milliseconds since the epoch; NaN for the zero time, which is an empty message. Whole seconds, as in JSON. */
function timeOf(reader: MessageReader): number {
  return reader.message(readTime, { seconds: NaN }).seconds * 1000;
}

function readTime(field: number, time: { seconds: number }, reader: MessageReader): void {
  if (field === 1) time.seconds = reader.integer();
}
