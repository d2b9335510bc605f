import { eachMessage } from './server.ts';
import type { Speak } from './server.ts';

const apiVersions = 18;
const metadata = 3;
const unsupportedVersion = 35;

/** A Kafka broker that tells which requests it knows, and that it is the only one of its cluster. */
export const kafka: Speak = (socket, note, port) => {
  const sizeOf = (buffered: Buffer): number | null => (buffered.length < 4 ? null : 4 + buffered.readInt32BE(0));
  eachMessage(socket, sizeOf, (message) => {
    const [api, version] = [message.readInt16BE(4), message.readInt16BE(6)];
    note(api === metadata ? 'metadata' : `request ${api}`);
    const body = api === apiVersions ? knownRequests(version) : cluster(port);
    const payload = Buffer.concat([message.subarray(8, 12), body]);
    socket.write(Buffer.concat([int32(payload.length), payload]));
  });
};

/** Newer questions are answered in the oldest form, and with an error: the client then asks again, in that form. */
function knownRequests(version: number): Buffer {
  const known = [
    [metadata, 0, 1],
    [apiVersions, 0, 0],
  ];
  const list = known.flatMap((numbers) => numbers.map(int16));
  return Buffer.concat([int16(version > 0 ? unsupportedVersion : 0), int32(known.length), ...list]);
}

function cluster(port: number): Buffer {
  const host = Buffer.from('127.0.0.1');
  const broker = [int32(1), int16(host.length), host, int32(port), int16(-1)];
  const [controller, topics] = [int32(1), int32(0)];
  return Buffer.concat([int32(1), ...broker, controller, topics]);
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
