import { parseJson } from '../../lib/json.ts';
import { LineSplitter } from './line-splitter.ts';

/** Larger than any event: etcd limits objects to 1.5 MB, the API server limits requests to 3 MB. */
export const maxEventBytes = 8 * 1024 * 1024;

/** What a watch sends, before it is checked. */
export interface RawEvent {
  readonly type: string;
  readonly object: unknown;
}

/** Reads the events of a watch while they arrive. */
export interface WatchDecoder {
  /** The events that end in this chunk, up to the first invalid one, which throws InvalidEventError. */
  readonly push: (chunk: Buffer) => Iterable<RawEvent>;
  /** Whether an event has begun but not ended. */
  readonly hasPartialEvent: () => boolean;
}

/** Something that no API server sends: the message continues `the API server sent`. */
export class InvalidEventError extends Error {}

/** Decodes JSON events, one per line. */
export class JsonWatchDecoder implements WatchDecoder {
  readonly #splitter = new LineSplitter(maxEventBytes);

  *push(chunk: Buffer): Iterable<RawEvent> {
    const lines = this.#splitter.push(chunk);
    if (!lines) throw eventTooLarge();
    for (const line of lines) {
      const { type, object } = parseJson(line);
      if (typeof type !== 'string')
        throw new InvalidEventError(`a line that is not an event: ${JSON.stringify(line.slice(0, 60))}`);
      yield { type, object };
    }
  }

  hasPartialEvent(): boolean {
    return this.#splitter.hasPartialLine();
  }
}

export function eventTooLarge(): InvalidEventError {
  return new InvalidEventError(`an event of more than ${String(maxEventBytes)} bytes`);
}
