import { eventTooLarge, InvalidEventError, maxEventBytes } from '../watch/watch-decoder.ts';
import type { RawEvent, WatchDecoder } from '../watch/watch-decoder.ts';
import { unwrapObject } from './envelope.ts';
import { InvalidProtobufError, readMessage } from './message-reader.ts';
import type { MessageReader } from './message-reader.ts';
import type { DecodeObject } from './objects.ts';

/** The length before each event is a 32-bit number. */
const lengthBytes = 4;

/**
 * Decodes protobuf events, each preceded by its length: a `WatchEvent`, whose object is encoded like one sent by
 * itself.
 */
export class ProtobufWatchDecoder implements WatchDecoder {
  readonly #decode: DecodeObject;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes that must be buffered before anything can be read. */
  #needed = lengthBytes;

  constructor(decode: DecodeObject) {
    this.#decode = decode;
  }

  *push(chunk: Buffer): Iterable<RawEvent> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed) return;
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#buffered);
    let at = 0;
    for (;;) {
      const from = at + lengthBytes;
      const length = from <= buffer.length ? buffer.readUInt32BE(at) : 0;
      if (length > maxEventBytes) throw eventTooLarge();
      this.#needed = lengthBytes + length;
      if (from + length > buffer.length) break;
      yield this.#event(buffer.subarray(from, from + length));
      at = from + length;
    }
    this.#buffered = buffer.length - at;
    this.#chunks = this.#buffered === 0 ? [] : [buffer.subarray(at)];
  }

  hasPartialEvent(): boolean {
    return this.#buffered > 0;
  }

  #event(bytes: Buffer): RawEvent {
    try {
      const { type, object } = readMessage(bytes, readEvent, { type: '', object: Buffer.alloc(0) });
      return { type, object: unwrapObject(object, this.#decode) };
    } catch (cause) {
      if (!(cause instanceof InvalidProtobufError)) throw cause;
      throw new InvalidEventError(`protobuf that cannot be read: ${cause.message}`, { cause });
    }
  }
}

interface Event {
  type: string;
  object: Buffer;
}

function readEvent(field: number, event: Event, reader: MessageReader): void {
  if (field === 1) event.type = reader.text();
  else if (field === 2) reader.message(readRaw, event);
}

/** A `RawExtension`. */
function readRaw(field: number, event: Event, reader: MessageReader): void {
  if (field === 1) event.object = reader.bytes();
}
