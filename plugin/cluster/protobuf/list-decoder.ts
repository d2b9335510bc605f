import { InvalidListError, maxItemBytes, maxItems, maxRestBytes, tooLarge } from '../http/list-decoder.ts';
import { magic, typeMetaOf } from './envelope.ts';
import type { TypeMeta } from './envelope.ts';
import { InvalidProtobufError, MessageReader, readMessage } from './message-reader.ts';
import type { DecodeObject } from './objects.ts';

/** Number of the last field of a `runtime.Unknown`. */
const contentType = 4;
/** Most bytes of a field's number, type and length. */
const maxHeaderBytes = 20;

/** Position of a field's value. */
interface Field {
  readonly number: number;
  readonly from: number;
  readonly end: number;
}

interface ListMeta {
  resourceVersion: string;
  continue: string;
  remainingItemCount?: number;
}

/**
 * Reads a protobuf list while it arrives, one item at a time, as `ListDecoder` does for JSON: a `runtime.Unknown` whose
 * field `raw` is the list.
 */
export class ProtobufListDecoder {
  readonly #onItem: (item: unknown, bytes: number) => void;
  readonly #decode: DecodeObject;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes that must be buffered before anything can be read. */
  #needed = magic.length;
  /** Bytes that have been read. */
  #offset = 0;
  /** Where the list ends; `null` before it begins. */
  #listEnd: number | null = null;
  /** Whether the last field of the envelope was read: an API server writes it even if empty. */
  #isEnded = false;
  #restBytes = 0;
  #items = 0;
  #type: TypeMeta = { apiVersion: '', kind: '' };
  #metadata: ListMeta = { resourceVersion: '', continue: '' };

  /** `onItem` gets the items in order and must not throw. */
  constructor(onItem: (item: unknown, bytes: number) => void, decode: DecodeObject) {
    this.#onItem = onItem;
    this.#decode = decode;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed) return;
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#buffered);
    try {
      this.#take(buffer, this.#read(buffer));
    } catch (cause) {
      throw cause instanceof InvalidProtobufError ? invalid(cause) : cause;
    }
  }

  /** The list without its items, as JSON text. */
  end(): string {
    if (this.#buffered > 0 || this.#listEnd === null || this.#offset < this.#listEnd || !this.#isEnded)
      throw new InvalidListError('with protobuf that is cut off');
    return JSON.stringify({ ...this.#type, metadata: this.#metadata, items: [] });
  }

  /** Reads each field that has arrived whole; returns where the first incomplete one begins. */
  #read(buffer: Buffer): number {
    const reader = new MessageReader(buffer);
    let at = this.#offset === 0 ? afterMagic(buffer) : 0;
    for (;;) {
      const field = fieldAt(reader, at);
      this.#needed = (field?.end ?? buffer.length + 1) - at;
      if (field === null) return at;
      const isInList = this.#listEnd !== null && this.#offset + at < this.#listEnd;
      if (!isInList && field.number === 2) {
        this.#beginList(field);
        at = field.from;
        continue;
      }
      this.#checkSize(field, isInList);
      if (field.end > buffer.length) return at;
      this.#handle(field, buffer.subarray(field.from, field.end), isInList);
      at = field.end;
    }
  }

  #beginList({ end }: Field): void {
    if (this.#listEnd !== null) throw new InvalidProtobufError('two lists');
    this.#listEnd = this.#offset + end;
  }

  #checkSize({ number, from, end }: Field, isInList: boolean): void {
    if (isInList && this.#offset + end > (this.#listEnd ?? 0))
      throw new InvalidProtobufError('a field that ends behind its message');
    if (isInList && number === 2) {
      if (end - from > maxItemBytes) throw tooLarge('an item', maxItemBytes);
    } else if (this.#restBytes + end - from > maxRestBytes) throw tooLarge('the rest of a list', maxRestBytes);
  }

  #handle({ number }: Field, bytes: Buffer, isInList: boolean): void {
    if (isInList && number === 2) {
      this.#items += 1;
      if (this.#items > maxItems) throw new InvalidListError(`with more than ${String(maxItems)} items in one page`);
      this.#onItem(this.#decode(bytes), bytes.length);
      return;
    }
    this.#restBytes += bytes.length;
    if (!isInList && number === contentType) this.#isEnded = true;
    if (number !== 1) return;
    if (isInList) this.#metadata = readMessage(bytes, readListMeta, { resourceVersion: '', continue: '' });
    else this.#type = typeMetaOf(bytes);
  }

  /** Drops everything before `at`. */
  #take(buffer: Buffer, at: number): void {
    const rest = buffer.subarray(at);
    this.#offset += at;
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
  }
}

function afterMagic(buffer: Buffer): number {
  if (buffer.subarray(0, magic.length).equals(magic)) return magic.length;
  throw new InvalidListError(`not with protobuf but with ${JSON.stringify(buffer.toString('utf8', 0, 60))}`);
}

/** The field that begins at `at`; `null` if the bytes end before its value begins. */
function fieldAt(reader: MessageReader, at: number): Field | null {
  reader.pos = at;
  try {
    const number = reader.tag();
    if (!reader.hasLength) throw new InvalidProtobufError(`a field of wire type ${String(reader.type)} in a list`);
    const length = reader.readVarint();
    return { number, from: reader.pos, end: reader.pos + length };
  } catch (error) {
    if (error instanceof InvalidProtobufError) throw error;
    if (reader.length - at >= maxHeaderBytes) throw new InvalidProtobufError('bytes that are no field');
    return null;
  }
}

function invalid(cause: InvalidProtobufError): InvalidListError {
  return new InvalidListError(`with protobuf that cannot be read: ${cause.message}`, { cause });
}

function readListMeta(field: number, metadata: ListMeta, reader: MessageReader): void {
  if (field === 2) metadata.resourceVersion = reader.text();
  else if (field === 3) metadata.continue = reader.text();
  else if (field === 4) metadata.remainingItemCount = reader.integer();
}
