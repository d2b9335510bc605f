/** One series and its samples, newest last. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly value: number; readonly ms: number }[];
}

export const remoteWriteHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
} as const;

/** The body of Prometheus' remote write 1.0, which Prometheus, Cortex and VictoriaMetrics take. */
export function remoteWriteBody(series: readonly Series[]): Buffer {
  return snappy(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
}

function timeSeries({ labels, samples }: Series): Buffer {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = sorted.map(([name, value]) =>
    Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]),
  );
  return Buffer.concat([...pairs.map((pair) => field(1, pair)), ...samples.map((one) => field(2, sample(one)))]);
}

function sample({ value, ms }: Series['samples'][number]): Buffer {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  return Buffer.concat([Buffer.from([0x09]), double, Buffer.from([0x10]), varint(ms)]);
}

/** A field of protobuf whose value begins with its length. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** Snappy's block format with nothing but literals: valid, and not compressed. */
function snappy(content: Buffer): Buffer {
  const chunks: Buffer[] = [varint(content.length)];
  for (let at = 0; at < content.length; at += 65_536) {
    const chunk = content.subarray(at, at + 65_536);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(chunk.length - 1);
    chunks.push(Buffer.from([61 << 2]), length, chunk);
  }
  return Buffer.concat(chunks);
}
