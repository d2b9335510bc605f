import { eachMessage } from './server.ts';
import type { Speak } from './server.ts';

const utf8 = 45;
const query = 3;
const quit = 1;
/** Protocol 4.1, its login and transactions; no TLS. */
const capabilities = 0x0000_a201;

/** A MySQL server that lets everybody in and answers every query with one text. */
export const mysql: Speak = (socket, note) => {
  const salt = Buffer.alloc(20, 'a');
  const greeting = [Buffer.from([10]), Buffer.from('8.0.40\0'), Buffer.alloc(4), salt.subarray(0, 8), Buffer.alloc(1)];
  const [low, high] = [Buffer.alloc(2), Buffer.alloc(2)];
  low.writeUInt16LE(capabilities);
  high.writeUInt16LE(0x0008);
  const middle = [low, Buffer.from([utf8, 2, 0]), high, Buffer.from([salt.length + 1]), Buffer.alloc(10)];
  const end = [salt.subarray(8), Buffer.alloc(1), Buffer.from('mysql_native_password\0')];
  socket.write(packet(0, Buffer.concat([...greeting, ...middle, ...end])));
  let isIn = false;
  const sizeOf = (buffered: Buffer): number | null => (buffered.length < 4 ? null : 4 + buffered.readUIntLE(0, 3));
  eachMessage(socket, sizeOf, (message) => {
    if (!isIn) {
      isIn = true;
      note(`login ${message.toString('utf8', 36).split('\0', 1)[0] ?? ''}`);
      return void socket.write(packet(2, ok));
    }
    if (message[4] === quit) return void socket.end();
    if (message[4] !== query) return void socket.write(packet(1, ok));
    const statement = message.toString('utf8', 5);
    note(statement);
    socket.write(/^\s*(?:select|show)/i.test(statement) ? table(statement) : packet(1, ok));
  });
};

const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
const end = Buffer.from([0xfe, 0, 0, 2, 0]);

function table(statement: string): Buffer {
  const value = statement.includes('isolation') ? 'REPEATABLE-READ' : /version/i.test(statement) ? '8.0.40' : '1';
  const names = ['def', '', '', '', 'value', 'value'].map(text);
  const column = Buffer.concat([...names, Buffer.from([12, utf8, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0])]);
  const parts = [Buffer.from([1]), column, end, text(value), end];
  return Buffer.concat(parts.map((part, index) => packet(index + 1, part)));
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function packet(number: number, content: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(content.length, 0, 3);
  header[3] = number;
  return Buffer.concat([header, content]);
}
