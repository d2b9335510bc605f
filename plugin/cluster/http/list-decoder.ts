/** Larger than any object: etcd limits objects to 1.5 MB, the API server limits requests to 3 MB. */
export const maxItemBytes = 8 * 1024 * 1024;
/** Limit for everything but the items: kind, version, continue token. */
export const maxRestBytes = 1024 * 1024;
/**
 * Most items in a list, which may come in one page. Far above any real cluster: an endless list would fill the memory.
 */
export const maxItems = 250_000;

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];
const itemsKey = /(?<!\\)"items"\s*:\s*$/;
/** Enough text before a bracket to see whose value it begins. */
const keyBytes = 64;

/** Why a response is not a list: the message continues `the API server answered`. */
export class InvalidListError extends Error {}

/**
 * Parses a JSON list while it arrives, one item at a time, so that it takes the memory of the largest item only. In the
 * text kept of the rest, `0` stands for each item, so that the syntax is checked as a whole.
 */
export class ListDecoder {
  readonly #onItem: (item: unknown, bytes: number) => void;
  /** One character per byte: a chunk may end in the middle of a UTF-8 character. */
  #rest = '';
  #item: Buffer[] = [];
  #itemBytes = 0;
  #items = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #inItems = false;
  #inItem = false;

  /** `onItem` gets the items in order and must not throw. */
  constructor(onItem: (item: unknown, bytes: number) => void) {
    this.#onItem = onItem;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      at = this.#nextBracket(chunk, at);
      if (at === chunk.length) break;
      const isOpen = chunk[at] === openBrace || chunk[at] === openBracket;
      from = isOpen ? this.#open(chunk, from, at) : this.#close(chunk, from, at);
    }
    this.#keep(chunk.subarray(from));
  }

  /** The text of the list, with `0` for each item. */
  end(): string {
    const text = Buffer.from(this.#rest, 'latin1').toString('utf8');
    const list = parse(text);
    const { items } = (list ?? {}) as { readonly items?: unknown };
    const found = Array.isArray(items) ? items : [];
    if (found.length !== this.#items || found.some((item) => item !== 0))
      throw new InvalidListError('with a list whose items are not objects');
    return text;
  }

  /**
   * Position of the next bracket outside of a string; within an item, of the next one that may end it; else the length
   * of the chunk.
   */
  #nextBracket(chunk: Buffer, from: number): number {
    let [inString, isEscaped, depth] = [this.#inString, this.#isEscaped, this.#depth];
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) inString = false;
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) {
        if (!this.#inItem) break;
        depth += 1;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (!this.#inItem || depth === 3) break;
        depth -= 1;
      }
    }
    this.#inString = inString;
    this.#isEscaped = isEscaped;
    this.#depth = depth;
    return at;
  }

  /** Returns where the part begins that is not kept yet. */
  #open(chunk: Buffer, from: number, at: number): number {
    this.#depth += 1;
    if (this.#depth === 3 && this.#inItems && chunk[at] === openBrace) {
      this.#keep(chunk.subarray(from, at));
      this.#inItem = true;
      return at;
    }
    if (this.#depth !== 2 || chunk[at] !== openBracket) return from;
    this.#keep(chunk.subarray(from, at));
    this.#inItems = itemsKey.test(this.#rest.slice(-keyBytes));
    return at;
  }

  #close(chunk: Buffer, from: number, at: number): number {
    this.#depth -= 1;
    if (this.#inItem) {
      this.#keep(chunk.subarray(from, at + 1));
      this.#finishItem();
      return at + 1;
    }
    if (this.#depth === 1) this.#inItems = false;
    return from;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    if (this.#inItem) {
      this.#itemBytes += part.length;
      if (this.#itemBytes > maxItemBytes) throw tooLarge('an item', maxItemBytes);
      this.#item.push(part);
    } else {
      if (this.#rest.length + part.length > maxRestBytes) throw tooLarge('the rest of a list', maxRestBytes);
      this.#rest += part.toString('latin1');
    }
  }

  #finishItem(): void {
    const [only] = this.#item;
    const bytes = this.#item.length === 1 && only ? only : Buffer.concat(this.#item, this.#itemBytes);
    this.#inItem = false;
    this.#item = [];
    this.#itemBytes = 0;
    this.#items += 1;
    if (this.#items > maxItems) throw new InvalidListError(`with more than ${String(maxItems)} items in one page`);
    this.#rest += '0';
    this.#onItem(parse(bytes.toString('utf8')), bytes.length);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidListError(`not with JSON but with ${JSON.stringify(text.slice(0, 60))}`, { cause });
  }
}

export function tooLarge(what: string, limit: number): InvalidListError {
  return new InvalidListError(`with more than ${String(limit)} bytes in ${what}`);
}
