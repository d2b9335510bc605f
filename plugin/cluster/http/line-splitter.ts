const newline = 0x0a;

/** Cuts a stream of bytes into lines. */
export interface Lines {
  /** The lines that this chunk ends, without their ends, the empty ones left out; `null` once one is too long. */
  readonly push: (chunk: Buffer) => string[] | null;
  /** Whether a line has begun that has not ended. */
  readonly isOpen: () => boolean;
}

/** No line may have more than `maxBytes`. */
export function lineReader(maxBytes: number): Lines {
  let begun: Buffer[] = [];
  let bytes = 0;
  const finish = (end: Buffer): string => {
    const line = begun.length === 0 ? end : Buffer.concat([...begun, end]);
    begun = [];
    bytes = 0;
    return line.toString('utf8');
  };
  return {
    push: (chunk) => {
      const lines: string[] = [];
      let from = 0;
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        if (bytes + at - from > maxBytes) return null;
        const line = finish(chunk.subarray(from, at));
        if (line !== '') lines.push(line);
        from = at + 1;
      }
      if (from < chunk.length) {
        begun.push(chunk.subarray(from));
        bytes += chunk.length - from;
      }
      return bytes > maxBytes ? null : lines;
    },
    isOpen: () => bytes > 0,
  };
}
