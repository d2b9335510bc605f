import { PbfReader } from 'pbf';
import { textOf } from './text-cache.ts';

/** Reads one field into the target; a field left unread is skipped. */
export type ReadField<T> = (field: number, target: T, reader: MessageReader) => void;

/** Wire types: an integer, and a value preceded by its length. */
const [varint, lengthDelimited] = [0, 2];
/** 29 bits of field number and 3 of wire type. */
const maxTag = 0xffffffff;

/** The bytes are not a message of the expected type. */
export class InvalidProtobufError extends Error {}

/** Reads a whole message. Throws InvalidProtobufError. */
export function readMessage<T>(bytes: Buffer, readField: ReadField<T>, target: T): T {
  try {
    return new MessageReader(bytes).fields(bytes.length, readField, target);
  } catch (cause) {
    throw new InvalidProtobufError((cause as Error).message, { cause });
  }
}

/** pbf's reader accepts a field of any wire type and reads past the end of a message; this one refuses both. */
export class MessageReader extends PbfReader {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    super(bytes);
    this.#bytes = bytes;
  }

  /** The number of the field that begins here; sets `type` to its wire type. */
  tag(): number {
    const tag = this.readVarint();
    if (tag < 8 || tag > maxTag) throw new Error('a field without a valid number');
    this.type = tag & 7;
    return tag >>> 3;
  }

  /** Whether the next value is preceded by its length. */
  get hasLength(): boolean {
    return this.type === lengthDelimited;
  }

  message<T>(readField: ReadField<T>, target: T): T {
    return this.fields(this.#end(), readField, target);
  }

  /** Reads the fields from here to `end`. */
  fields<T>(end: number, readField: ReadField<T>, target: T): T {
    while (this.pos < end) {
      const field = this.tag();
      const from = this.pos;
      readField(field, target, this);
      if (this.pos === from) this.skip(this.type);
    }
    if (this.pos !== end) throw new Error('a field that ends behind its message');
    return target;
  }

  /** Invalid UTF-8 becomes U+FFFD, as in JSON. */
  text(): string {
    const end = this.#end();
    const text = textOf(this.#bytes, this.pos, end);
    this.pos = end;
    return text;
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const end = this.#end();
    const bytes = this.#bytes.subarray(this.pos, end);
    this.pos = end;
    return bytes;
  }

  integer(): number {
    this.#expect(varint);
    return this.readVarint(true);
  }

  #end(): number {
    this.#expect(lengthDelimited);
    const end = this.readVarint() + this.pos;
    if (end > this.length) throw new Error('a length beyond the end');
    return end;
  }

  #expect(type: number): void {
    if (this.type !== type) throw new Error(`a field of wire type ${String(this.type)}, not ${String(type)}`);
  }
}
