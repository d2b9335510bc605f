import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';

const attackers = 300;
const mebibyte = 1024 * 1024;

/**
 * 300 connections that each do harm in one way, and reconnect when they are cut off, until `stop`. They run in a process
 * of their own with the lowest CPU priority, because hostile clients are on other machines.
 */
export function startAttack(url: string, token: string): { readonly stop: () => void } {
  const child = spawn(process.execPath, [import.meta.filename, url, token], { stdio: 'ignore' });
  setPriority(child.pid!, constants.priority.PRIORITY_LOW);
  return { stop: () => void child.kill() };
}

function attack(url: string, token: string): void {
  const sockets = new Set<Socket>();
  const ways = waysToHarm(token);
  const open = (way: number): void => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('connect', () => {
        ways[way]!(socket);
      });
    socket.resume().on('close', () => {
      sockets.delete(socket);
      setTimeout(open, 500, way);
    });
  };
  for (let index = 0; index < attackers; index += 1) open(index % ways.length);
  // Slow senders: a connection that has sent less than 1000 bytes sends 6 more each second.
  setInterval(() => {
    for (const socket of sockets) if (socket.bytesWritten > 0 && socket.bytesWritten < 1_000) socket.write('x: y\r\n');
  }, 1_000);
}

function waysToHarm(token: string): readonly ((socket: Socket) => void)[] {
  const headers = Array.from({ length: 10_000 }, (_, index) => `x-${String(index)}: 1\r\n`).join('');
  const post = 'POST /api/v1/discover HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
  const body = `${post}authorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
  return [
    () => undefined,
    (socket) => void socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n'),
    (socket) => void socket.write(`GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`),
    (socket) => {
      socket.write(body);
      const more = (): void => {
        while (!socket.destroyed && socket.bytesWritten < 1024 * mebibyte && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    },
  ];
}

const [, , url, token] = process.argv;
if (import.meta.main && url !== undefined && token !== undefined) attack(url, token);
