import { PbfWriter } from 'pbf';
import type { Json } from '../../plugin/lib/json.ts';
import { asObject, asObjects, asString } from '../../plugin/lib/json.ts';

/** Writes objects of the Kubernetes API in protobuf, as an API server does: the inverse of the program's decoders. */
type Write<T> = (value: T, writer: PbfWriter) => void;

const magic = Buffer.from('k8s\0');

export function bytesOf<T>(value: T, write: Write<T>): Buffer {
  const writer = new PbfWriter();
  write(value, writer);
  return Buffer.from(writer.finish());
}

/** An object sent by itself, wrapped with its type. */
export function objectBytes(object: Json): Buffer {
  const kind = asString(object.kind);
  const item = writers[kind.replace(/List$/, '')];
  const write: Write<Json> = kind.endsWith('List') ? writeList(item!) : item!;
  return Buffer.concat([magic, bytesOf({ object, raw: bytesOf(object, write) }, writeUnknown)]);
}

/** A watch event, preceded by its length. */
export function eventBytes(type: string, object: Json): Buffer {
  const event = bytesOf({ type, object: objectBytes(object) }, (value, writer) => {
    writer.writeStringField(1, value.type);
    writer.writeMessage(
      2,
      (raw: Buffer, inner) => {
        inner.writeBytesField(1, raw);
      },
      value.object,
    );
  });
  return framed(event);
}

export function framed(event: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

function writeUnknown({ object, raw }: { readonly object: Json; readonly raw: Buffer }, writer: PbfWriter): void {
  writer.writeMessage(
    1,
    (type: Json, inner) => {
      inner.writeStringField(1, asString(type.apiVersion));
      inner.writeStringField(2, asString(type.kind));
    },
    object,
  );
  writer.writeBytesField(2, raw);
  writer.writeStringField(3, '');
  writer.writeStringField(4, '');
}

function writeList(writeItem: Write<Json>): Write<Json> {
  return ({ metadata, items }, writer) => {
    writer.writeMessage(1, writeListMetadata, asObject(metadata));
    for (const item of asObjects(items)) writer.writeMessage(2, writeItem, item);
  };
}

function writeListMetadata({ resourceVersion, remainingItemCount, ...others }: Json, writer: PbfWriter): void {
  writer.writeStringField(1, '');
  writer.writeStringField(2, asString(resourceVersion));
  writer.writeStringField(3, asString(others.continue));
  if (typeof remainingItemCount === 'number') writer.writeVarintField(4, remainingItemCount);
}

const writers: Readonly<Record<string, Write<Json>>> = {
  Service: ({ metadata, spec }, writer) => {
    writer.writeMessage(1, writeMetadata, asObject(metadata));
    writer.writeMessage(2, writeServiceSpec, asObject(spec));
    writer.writeMessage(3, () => undefined, null);
  },
  EndpointSlice: ({ metadata, endpoints, ports, addressType }, writer) => {
    writer.writeMessage(1, writeMetadata, asObject(metadata));
    for (const endpoint of asObjects(endpoints)) writer.writeMessage(2, writeEndpoint, endpoint);
    for (const port of asObjects(ports)) writer.writeMessage(3, writeEndpointPort, port);
    writer.writeStringField(4, asString(addressType));
  },
  Namespace: writeMetadataAlone,
  PartialObjectMetadata: writeMetadataAlone,
  Status: ({ message, reason, code, details }, writer) => {
    writer.writeMessage(1, () => undefined, null);
    writer.writeStringField(2, 'Failure');
    writer.writeStringField(3, asString(message));
    writer.writeStringField(4, asString(reason));
    const seconds = asObject(details).retryAfterSeconds;
    if (typeof seconds === 'number')
      writer.writeMessage(
        5,
        (value: number, inner) => {
          inner.writeVarintField(5, value);
        },
        seconds,
      );
    writer.writeVarintField(6, Number(code));
  },
};

function writeMetadataAlone({ metadata }: Json, writer: PbfWriter): void {
  writer.writeMessage(1, writeMetadata, asObject(metadata));
}

function writeMetadata(metadata: Json, writer: PbfWriter): void {
  writer.writeStringField(1, asString(metadata.name));
  writer.writeStringField(2, '');
  writer.writeStringField(3, asString(metadata.namespace));
  writer.writeStringField(5, asString(metadata.uid));
  writer.writeStringField(6, asString(metadata.resourceVersion));
  writer.writeVarintField(7, 1);
  writer.writeMessage(8, writeTime, metadata.creationTimestamp);
  writeMap(11, metadata.labels, writer);
  writeMap(12, metadata.annotations, writer);
  for (const owner of asObjects(metadata.ownerReferences)) writer.writeMessage(13, writeOwner, owner);
  for (const manager of asObjects(metadata.managedFields)) writer.writeMessage(17, writeManager, manager);
}

function writeTime(time: unknown, writer: PbfWriter): void {
  if (typeof time !== 'string') return;
  writer.writeVarintField(1, Math.floor(Date.parse(time) / 1000));
  writer.writeVarintField(2, 0);
}

function writeMap(field: number, map: unknown, writer: PbfWriter): void {
  for (const entry of Object.entries(asObject(map))) {
    writer.writeMessage(
      field,
      ([key, value]: [string, unknown], inner) => {
        inner.writeStringField(1, key);
        inner.writeStringField(2, asString(value));
      },
      entry,
    );
  }
}

function writeOwner({ apiVersion, kind, name, uid }: Json, writer: PbfWriter): void {
  writer.writeStringField(1, asString(kind));
  writer.writeStringField(3, asString(name));
  writer.writeStringField(4, asString(uid));
  writer.writeStringField(5, asString(apiVersion));
  writer.writeBooleanField(6, true);
}

function writeManager({ manager, time }: Json, writer: PbfWriter): void {
  writer.writeStringField(1, asString(manager));
  if (time !== undefined) writer.writeMessage(4, writeTime, time);
  writer.writeMessage(
    7,
    (raw: Buffer, inner) => {
      inner.writeBytesField(1, raw);
    },
    Buffer.from('{"f:spec":{}}'),
  );
}

function writeServiceSpec({ ports, selector, clusterIP, type, externalName }: Json, writer: PbfWriter): void {
  for (const port of asObjects(ports)) writer.writeMessage(1, writeServicePort, port);
  writeMap(2, selector, writer);
  writer.writeStringField(3, asString(clusterIP));
  writer.writeStringField(4, asString(type));
  writer.writeStringField(7, 'None');
  writer.writeStringField(10, asString(externalName));
  writer.writeBooleanField(13, false);
}

function writeServicePort({ name, protocol, port, targetPort, nodePort, appProtocol }: Json, writer: PbfWriter): void {
  writer.writeStringField(1, asString(name));
  writer.writeStringField(2, asString(protocol));
  writer.writeVarintField(3, Number(port));
  writer.writeMessage(4, writeNumberOrText, targetPort);
  writer.writeVarintField(5, Number(nodePort ?? 0));
  if (appProtocol !== undefined) writer.writeStringField(6, asString(appProtocol));
}

function writeNumberOrText(value: unknown, writer: PbfWriter): void {
  writer.writeVarintField(1, typeof value === 'string' ? 1 : 0);
  writer.writeVarintField(2, typeof value === 'number' ? value : 0);
  writer.writeStringField(3, asString(value));
}

function writeEndpoint({ addresses, conditions, targetRef }: Json, writer: PbfWriter): void {
  for (const address of Array.isArray(addresses) ? addresses : []) writer.writeStringField(1, asString(address));
  writer.writeMessage(
    2,
    ({ ready, serving }: Json, inner) => {
      if (typeof ready === 'boolean') inner.writeBooleanField(1, ready);
      if (typeof serving === 'boolean') inner.writeBooleanField(2, serving);
    },
    asObject(conditions),
  );
  if (targetRef !== undefined) writer.writeMessage(4, writeReference, asObject(targetRef));
}

function writeReference({ kind, namespace, name }: Json, writer: PbfWriter): void {
  writer.writeStringField(1, asString(kind));
  writer.writeStringField(2, asString(namespace));
  writer.writeStringField(3, asString(name));
}

function writeEndpointPort({ name, protocol, port }: Json, writer: PbfWriter): void {
  if (name !== undefined) writer.writeStringField(1, asString(name));
  if (protocol !== undefined) writer.writeStringField(2, asString(protocol));
  if (typeof port === 'number') writer.writeVarintField(3, port);
}
