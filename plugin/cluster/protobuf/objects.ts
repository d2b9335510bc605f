import type { Json } from '../../lib/json.ts';
import { changeTime } from '../slice-projections.ts';
import type { Keys } from '../types.ts';
import { readMessage } from './message-reader.ts';
import type { MessageReader } from './message-reader.ts';
import { entryOf, metadataOf } from './metadata.ts';
import type { Entries, MetadataKeys } from './metadata.ts';

/**
 * Reads a protobuf object into the JSON fields that its view reads, so that one view caps and counts both formats.
 * Field numbers are those of `generated.proto` in k8s.io/api and k8s.io/apimachinery, which never change. Throws
 * InvalidProtobufError.
 */
export type DecodeObject = (object: Buffer) => Json;

const metadataField = 1;

/** Decodes v1 Services, with the annotations that are kept at the time. */
export function serviceDecoder(keptAnnotations: () => Keys): DecodeObject {
  return (object) => {
    const keys = { annotations: keptAnnotations(), hasTimes: false };
    const { metadata, spec } = readMessage(object, readService, { keys, metadata: {}, spec: {} });
    return { metadata, spec };
  };
}

function readService(
  field: number,
  service: { readonly keys: MetadataKeys; metadata: Json; spec: Json },
  reader: MessageReader,
): void {
  if (field === metadataField) service.metadata = metadataOf(reader, service.keys);
  else if (field === 2) service.spec = specOf(reader);
}

/** Decodes v1 Namespaces, whole or metadata only. */
export function decodeNamespace(object: Buffer): Json {
  return readMessage(object, readNamespace, { metadata: {} });
}

function readNamespace(field: number, namespace: { metadata: Json }, reader: MessageReader): void {
  if (field === metadataField) namespace.metadata = metadataOf(reader, namesAndLabels);
}

const namesAndLabels = { annotations: new Set<string>(), hasTimes: false };
const namesAndTimes = { annotations: new Set([changeTime]), hasTimes: true };

/** Decodes EndpointSlices of discovery.k8s.io/v1. */
export function decodeSlice(object: Buffer): Json {
  return { ...readMessage(object, readSlice, { metadata: {}, addressType: '', endpoints: [], ports: [] }) };
}

interface Slice {
  metadata: Json;
  addressType: string;
  readonly endpoints: Json[];
  readonly ports: Json[];
}

function readSlice(field: number, slice: Slice, reader: MessageReader): void {
  if (field === metadataField) slice.metadata = metadataOf(reader, namesAndTimes);
  else if (field === 2) slice.endpoints.push(reader.message(readEndpoint, {}));
  else if (field === 3) slice.ports.push(reader.message(readSlicePort, {}));
  else if (field === 4) slice.addressType = reader.text();
}

function readEndpoint(field: number, endpoint: { conditions?: Json; targetRef?: Json }, reader: MessageReader): void {
  if (field === 2) endpoint.conditions = reader.message(readConditions, {});
  else if (field === 4) endpoint.targetRef = reader.message(readReference, {});
}

function readConditions(
  field: number,
  conditions: { ready?: boolean; serving?: boolean },
  reader: MessageReader,
): void {
  if (field === 1) conditions.ready = reader.integer() !== 0;
  else if (field === 2) conditions.serving = reader.integer() !== 0;
}

function readReference(
  field: number,
  reference: { kind?: string; namespace?: string; name?: string },
  reader: MessageReader,
): void {
  if (field === 1) reference.kind = reader.text();
  else if (field === 2) reference.namespace = reader.text();
  else if (field === 3) reference.name = reader.text();
}

function readSlicePort(field: number, port: { name?: string; port?: number }, reader: MessageReader): void {
  if (field === 1) port.name = reader.text();
  else if (field === 3) port.port = reader.integer();
}

interface Spec {
  readonly ports: Json[];
  readonly selector: Entries;
  clusterIP: string;
  type: string;
  externalName: string;
}

function specOf(reader: MessageReader): Json {
  const spec: Spec = { ports: [], selector: [], clusterIP: '', type: '', externalName: '' };
  const { selector, ...others } = reader.message(readSpec, spec);
  return { ...others, selector: Object.fromEntries(selector) };
}

function readSpec(field: number, spec: Spec, reader: MessageReader): void {
  if (field === 1)
    spec.ports.push(reader.message(readServicePort, { name: '', protocol: '', appProtocol: '', port: 0 }));
  else if (field === 2) spec.selector.push(entryOf(reader));
  else if (field === 3) spec.clusterIP = reader.text();
  else if (field === 4) spec.type = reader.text();
  else if (field === 10) spec.externalName = reader.text();
}

interface ServicePort {
  name: string;
  protocol: string;
  appProtocol: string;
  port: number;
  targetPort?: string | number;
}

function readServicePort(field: number, port: ServicePort, reader: MessageReader): void {
  if (field === 1) port.name = reader.text();
  else if (field === 2) port.protocol = reader.text();
  else if (field === 3) port.port = reader.integer();
  else if (field === 4) port.targetPort = numberOrText(reader);
  else if (field === 6) port.appProtocol = reader.text();
}

/** An IntOrString. */
function numberOrText(reader: MessageReader): string | number {
  const { isText, number, text } = reader.message(readNumberOrText, { isText: false, number: 0, text: '' });
  return isText ? text : number;
}

function readNumberOrText(
  field: number,
  value: { isText: boolean; number: number; text: string },
  reader: MessageReader,
): void {
  if (field === 1) value.isText = reader.integer() === 1;
  else if (field === 2) value.number = reader.integer();
  else if (field === 3) value.text = reader.text();
}
