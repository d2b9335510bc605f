import type { Json } from '../../lib/json.ts';
import { InvalidProtobufError, readMessage } from './message-reader.ts';
import type { MessageReader } from './message-reader.ts';
import type { DecodeObject } from './objects.ts';

export const protobufMedia = 'application/vnd.kubernetes.protobuf';

/** Precedes each object that is sent by itself. */
export const magic = Buffer.from('k8s\0');

/** Type of an object. */
export interface TypeMeta {
  apiVersion: string;
  kind: string;
}

export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.startsWith(protobufMedia) ?? false;
}

export function typeMetaOf(bytes: Buffer): TypeMeta {
  return readMessage(bytes, readTypeMeta, { apiVersion: '', kind: '' });
}

function readTypeMeta(field: number, type: TypeMeta, reader: MessageReader): void {
  if (field === 1) type.apiVersion = reader.text();
  else if (field === 2) type.kind = reader.text();
}

/**
 * Reads an object and its type from a `runtime.Unknown`: decodes a Status itself and anything else with `decode`.
 * Throws InvalidProtobufError.
 */
export function unwrapObject(bytes: Buffer, decode: DecodeObject): Json {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new InvalidProtobufError('no magic number');
  const start: Unknown = { type: { apiVersion: '', kind: '' }, raw: null };
  const { type, raw } = readMessage(bytes.subarray(magic.length), readUnknown, start);
  if (raw === null) throw new InvalidProtobufError('no object');
  return { ...(type.kind === 'Status' ? decodeStatus(raw) : decode(raw)), ...type };
}

interface Unknown {
  readonly type: TypeMeta;
  raw: Buffer | null;
}

function readUnknown(field: number, unknown: Unknown, reader: MessageReader): void {
  if (field === 1) reader.message(readTypeMeta, unknown.type);
  else if (field === 2) unknown.raw = reader.bytes();
}

/** The JSON text of a Status, which answers a failed request; for anything else, its bytes as text. */
export function statusText(bytes: Buffer): string {
  try {
    return JSON.stringify(unwrapObject(bytes, decodeStatus));
  } catch (error) {
    if (error instanceof InvalidProtobufError) return bytes.toString('utf8');
    throw error;
  }
}

interface Status {
  message: string;
  reason: string;
  code: number;
  details: { retryAfterSeconds: number };
}

function decodeStatus(raw: Buffer): Json {
  const status: Status = { message: '', reason: '', code: 0, details: { retryAfterSeconds: 0 } };
  return { ...readMessage(raw, readStatus, status) };
}

function readStatus(field: number, status: Status, reader: MessageReader): void {
  if (field === 3) status.message = reader.text();
  else if (field === 4) status.reason = reader.text();
  else if (field === 5) reader.message(readDetails, status.details);
  else if (field === 6) status.code = reader.integer();
}

function readDetails(field: number, details: { retryAfterSeconds: number }, reader: MessageReader): void {
  if (field === 5) details.retryAfterSeconds = reader.integer();
}
