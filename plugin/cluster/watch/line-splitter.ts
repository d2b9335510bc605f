const lineFeed = 0x0a;

/** Splits a byte stream into lines of at most `maxBytes`. */
export class LineSplitter {
  readonly #maxBytes: number;
  /** Chunks of the line that has not ended yet. */
  #partial: Buffer[] = [];
  #partialBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this chunk, without line feeds and empty lines; `null` once a line is too long. */
  push(chunk: Buffer): string[] | null {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      if (this.#partialBytes + end - from > this.#maxBytes) return null;
      const line = this.#finish(chunk.subarray(from, end));
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    if (from < chunk.length) {
      this.#partial.push(chunk.subarray(from));
      this.#partialBytes += chunk.length - from;
    }
    return this.#partialBytes > this.#maxBytes ? null : lines;
  }

  /** Whether the last line lacks its line feed. */
  hasPartialLine(): boolean {
    return this.#partialBytes > 0;
  }

  #finish(end: Buffer): string {
    const line = this.#partial.length === 0 ? end : Buffer.concat([...this.#partial, end]);
    this.#partial = [];
    this.#partialBytes = 0;
    return line.toString('utf8');
  }
}
