import { eachMessage } from './server.ts';
import type { Speak } from './server.ts';

/** A PostgreSQL server that lets everybody in and answers every query with one text. */
export const postgresql: Speak = (socket, note) => {
  let started = false;
  const sizeOf = (buffered: Buffer): number | null => {
    const prefix = started ? 1 : 0;
    return buffered.length < prefix + 4 ? null : prefix + buffered.readInt32BE(prefix);
  };
  eachMessage(socket, sizeOf, (message) => {
    if (!started) {
      // A question for TLS comes before the real start, and has a number of its own.
      if (message.readInt32BE(4) === 80_877_103) return void socket.write('N');
      started = true;
      note(`login ${message.toString('utf8', 8).split('\0')[1] ?? ''}`);
      const parameters = { server_version: '15.0', client_encoding: 'UTF8', standard_conforming_strings: 'on' };
      const states = Object.entries(parameters).map(([name, value]) => packet('S', texts(name, value)));
      return void socket.write(Buffer.concat([packet('R', int32(0)), ...states, ready()]));
    }
    const type = String.fromCharCode(message[0]!);
    if (type === 'X') return void socket.end();
    if (type !== 'Q') throw new Error(`the test's PostgreSQL does not know the message ${type}`);
    const query = message.toString('utf8', 5, message.length - 1);
    note(query);
    socket.write(Buffer.concat([...answer(query), ready()]));
  });
};

function answer(query: string): readonly Buffer[] {
  const [word = ''] = query.trim().split(/\s|;/, 1);
  if (!/^(?:select|show)$/i.test(word)) return [packet('C', texts(word.toUpperCase()))];
  const value = Buffer.from(
    query.includes('version') ? 'PostgreSQL 15.0' : query.includes('standard_conforming') ? 'on' : '1',
  );
  const column = Buffer.concat([
    int16(1),
    texts('value'),
    int32(0),
    int16(0),
    int32(25),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
  const row = Buffer.concat([int16(1), int32(value.length), value]);
  return [packet('T', column), packet('D', row), packet('C', texts('SELECT 1'))];
}

function ready(): Buffer {
  return packet('Z', Buffer.from('I'));
}

function packet(type: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(4 + content.length), content]);
}

function texts(...values: readonly string[]): Buffer {
  return Buffer.from(values.map((value) => `${value}\0`).join(''));
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
