import { eachMessage } from './server.ts';
import type { Speak } from './server.ts';

const legacyQuery = 2004;
const legacyReply = 1;
const opMsg = 2013;

const limits = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 };
const versions = { minWireVersion: 0, maxWireVersion: 21 };
const hello = bson({ ismaster: true, isWritablePrimary: true, helloOk: true, ...limits, ...versions, ok: 1 });

/** A MongoDB server of its own that answers every command with what it is. */
export const mongodb: Speak = (socket, note) => {
  const sizeOf = (buffered: Buffer): number | null => (buffered.length < 4 ? null : buffered.readInt32LE(0));
  eachMessage(socket, sizeOf, (message) => {
    const isLegacy = message.readInt32LE(12) === legacyQuery;
    const [command] = /(?:ping|hello|ismaster|isMaster)/.exec(message.toString('latin1')) ?? ['another'];
    note(command);
    const body = isLegacy
      ? Buffer.concat([Buffer.alloc(16), int32(1), hello])
      : Buffer.concat([Buffer.alloc(5), hello]);
    if (isLegacy) body.writeInt32LE(1, 16);
    const header = [int32(16 + body.length), int32(1), message.subarray(4, 8), int32(isLegacy ? legacyReply : opMsg)];
    socket.write(Buffer.concat([...header, body]));
  });
};

/** A document of booleans and whole numbers. */
function bson(fields: Readonly<Record<string, boolean | number>>): Buffer {
  const elements = Object.entries(fields).map(([name, value]) => {
    const [type, content] = typeof value === 'boolean' ? [8, Buffer.from([Number(value)])] : [16, int32(value)];
    return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), content]);
  });
  const content = Buffer.concat([...elements, Buffer.alloc(1)]);
  return Buffer.concat([int32(4 + content.length), content]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}
