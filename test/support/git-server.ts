import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, isListening } from '../cluster/parts/process.ts';
import { listenOnLoopback } from './loopback.ts';
import { until } from './until.ts';

/** A server on loopback for the repositories of a folder. */
export interface GitServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Requests so far: method and path. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

export interface GitHttpOptions {
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Handles a request itself if it returns true. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** The real git http-backend behind Basic authentication, as on forges. */
export async function gitHttpServer(options: GitHttpOptions): Promise<GitServer> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (options.before?.(request, response) === true) return;
    const expected = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`;
    if (request.headers.authorization === expected) backend(request, response, options);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?\n');
  };
  const server = options.tls ? createHttpsServer(options.tls, answer) : createHttpServer(answer);
  const { port, stop } = await listenOnLoopback(server);
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${String(port)}`,
    requests,
    close: stop,
  };
}

function backend(request: IncomingMessage, response: ServerResponse, { folder, user }: GitHttpOptions): void {
  const url = new URL(request.url ?? '', 'http://127.0.0.1');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      HTTP_GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      REMOTE_USER: user,
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head: Buffer | null = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === null) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = head.subarray(0, end).toString().split('\r\n');
    const headers = lines.map((line) => line.split(/: */, 2) as [string, string]);
    const status = headers.find(([name]) => name === 'Status')?.[1];
    for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10));
    response.write(head.subarray(end + 4));
    head = null;
  });
  child.stdout.on('end', () => response.end());
}

const sshdFile = '/usr/sbin/sshd';

/** Whether OpenSSH's server is installed. */
export function hasSshd(): boolean {
  return existsSync(sshdFile);
}

/** An SSH server that accepts one key, and the files for a client. */
export interface SshServer extends Pick<GitServer, 'url' | 'close'> {
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/** OpenSSH's own server on a free loopback port, with keys generated in `folder`. */
export async function sshServer(folder: string): Promise<SshServer> {
  const home = join(folder, 'ssh');
  mkdirSync(home, { mode: 0o700 });
  const [hostKey, keyFile] = [join(home, 'host'), join(home, 'client')];
  for (const file of [hostKey, keyFile])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  const publicKey = execFileSync('ssh-keygen', ['-y', '-f', keyFile], { encoding: 'utf8' });
  writeFileSync(join(home, 'authorized'), publicKey, { mode: 0o600 });
  chmodSync(folder, 0o700);
  const port = await freePort();
  const greeting = join(home, 'greeting');
  writeFileSync(greeting, 'fatal: access denied to strangers\n');
  const settings = {
    Port: String(port),
    ListenAddress: '127.0.0.1',
    HostKey: hostKey,
    AuthorizedKeysFile: join(home, 'authorized'),
    PidFile: 'none',
    PasswordAuthentication: 'no',
    UsePAM: 'no',
    StrictModes: 'no',
    PermitRootLogin: 'yes',
    AcceptEnv: 'GIT_PROTOCOL',
    Banner: greeting,
  };
  const config = join(home, 'config');
  writeFileSync(
    config,
    Object.entries(settings)
      .map((pair) => `${pair.join(' ')}\n`)
      .join(''),
  );
  // Its privilege separation folder, which the package's service creates when it starts.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshdFile, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await until('sshd answers', () => isListening({ port, host: '127.0.0.1' }));
  const hostPublic = execFileSync('ssh-keygen', ['-y', '-f', hostKey], { encoding: 'utf8' });
  const knownHostsFile = join(home, 'known-hosts');
  writeFileSync(knownHostsFile, `[127.0.0.1]:${String(port)} ${hostPublic}`);
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${String(port)}`,
    keyFile,
    knownHostsFile,
    close: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
