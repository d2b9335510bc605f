import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { selfSigned } from '../support/certificate.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';
import type { GitServer } from '../support/git-server.ts';
import { gitHttpServer, hasSshd, sshServer } from '../support/git-server.ts';
import { realPart } from '../support/real-part.ts';
import { atOnce, keyed, manifest, prometheus, Scene } from './fixture.ts';

const token = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';
const user = 'x-access-token';

describe('plugin/commands/propose over the network', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let scene: Scene;
  let tokenFile: string;
  const servers: GitServer[] = [];

  beforeEach(async () => {
    scene = new Scene(folder);
    await scene.cluster(prometheus);
    tokenFile = await folder.write('token', `${token}\n`);
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(options: Partial<Parameters<typeof gitHttpServer>[0]> = {}): Promise<GitServer> {
    const server = await gitHttpServer({ folder: folder.path, user, password: token, ...options });
    servers.push(server);
    return server;
  }

  async function told(args: readonly string[]): Promise<string> {
    const { code, message, hint } = await failure(() => scene.run([...args, ...atOnce]));
    return `${code} ${message}\n${hint}`;
  }

  it('proposes over HTTP with a token from a file', async () => {
    const { url } = await serve();

    const outcome = await scene.run([
      ...keyed,
      ...atOnce,
      '--repository',
      `${url}/fleet.git`,
      '--git-token-file',
      tokenFile,
    ]);

    expect(outcome).to.include({ outcome: 'proposed' });
    expect(scene.repository.text(scene.repository.proposals()[0]!, 'prod/values.yaml')).to.include(
      'prometheus.obs.svc',
    );
  });

  it('resolves relative paths of files from the working directory', async () => {
    const { cert, key } = selfSigned();
    const { url } = await serve({ tls: { cert, key } });
    const caFile = await folder.write('ca.pem', cert);
    // By way of a folder that only the working directory has: git's own may lie as deep.
    const named = (path: string): string => `test/../${relative('.', path)}`;
    const files = ['--git-token-file', named(tokenFile), '--git-ca-file', named(caFile)];

    const outcome = await scene.run([...manifest, ...atOnce, '--repository', `${url}/fleet.git`, ...files]);

    expect(outcome).to.include({ outcome: 'proposed' });
  });

  it('waits, proposes and closes over HTTPS with a given CA, and fails without it', async () => {
    const { cert, key } = selfSigned();
    const { url } = await serve({ tls: { cert, key } });
    const caFile = await folder.write('ca.pem', cert);
    const args = [...manifest, '--repository', `${url}/fleet.git`, '--git-token-file', tokenFile];

    expect(await told(args)).to.match(/^GIT_UNREACHABLE git ls-remote: .*certificate.*\n.*--git-ca-file/);
    const trusted = [...args, '--git-ca-file', caFile];
    expect(await scene.run(trusted)).to.include({ outcome: 'waiting' });
    scene.clock.advance(600_000);
    expect(await scene.run(trusted)).to.include({ outcome: 'proposed' });
    const [branch = ''] = scene.repository.proposals();
    scene.repository.git('update-ref', 'refs/heads/main', scene.repository.tip(branch)!);
    expect(await scene.run(trusted)).to.include({ outcome: 'closed' });
    expect([...scene.repository.refs().keys()]).to.deep.equal(['refs/heads/main']);
  });

  it('reports a rejected or missing token without revealing it', async () => {
    const { url } = await serve();
    const wrong = await folder.write('wrong', 'glpat-abcdefghijklmnopqrst');
    const args = [...manifest, '--repository', `${url}/fleet.git`];

    for (const more of [[], ['--git-token-file', wrong], ['--git-token-file', join(folder.path, 'absent')]])
      expect(await told([...args, ...more]))
        .to.match(/^GIT_UNAUTHORIZED /)
        .and.not.include('glpat');
  });

  it('passes the token in no argument or variable of a process, and sends it to no other host', async () => {
    const elsewhere: string[] = [];
    const thief = await serve({
      before: (request, response) => {
        elsewhere.push(request.headers.authorization ?? '');
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      },
    });
    const { url } = await serve({
      before: (request, response) => {
        if (request.url?.startsWith('/moved') !== true) return false;
        response.writeHead(302, { location: `${thief.url}${request.url}` }).end();
        return true;
      },
    });
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    const log = join(folder.path, 'processes');
    const script = `#!/bin/sh\nPATH='${process.env.PATH ?? ''}'\n{ echo "$@"; env; } >> '${log}'\nexec git "$@"\n`;
    await writeFile(join(bin, 'git'), script, { mode: 0o755 });
    const machine = { PATH: `${bin}:${process.env.PATH ?? ''}` };
    const args = [...manifest, ...atOnce, '--git-token-file', tokenFile, '--repository'];

    await scene.run([...args, `${url}/fleet.git`], machine);
    const { code, message } = await failure(() => scene.run([...args, `${url}/moved/fleet.git`], machine));

    expect(await readFile(log, 'utf8'))
      .to.include('push --porcelain')
      .and.not.include(token);
    expect([code, message]).to.satisfy(([one, text]: string[]) => one === 'GIT_FAILED' && /redirect|302/i.test(text!));
    expect(elsewhere).to.deep.equal([]);
  });

  it('reports an unreachable server', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();

    expect(await told([...manifest, '--repository', `http://127.0.0.1:${String(port)}/fleet.git`])).to.match(
      /^GIT_UNREACHABLE git ls-remote: .*\ncheck the network/,
    );
  });

  it('stops at the deadline when a server never responds, with git and its helpers', async () => {
    const { url, requests } = await serve({ before: () => true });

    const text = await told([...manifest, '--repository', `${url}/fleet.git`, '--deadline', '2s']);

    expect(text).to.match(/^GIT_UNREACHABLE git ls-remote did not finish before the deadline\n/);
    expect(requests).to.have.lengthOf(1);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).to.not.include(`${url}/fleet.git`);
  });

  it('proposes a signed commit over SSH, rejects an unknown host key, and does not repeat a greeting', async function () {
    if (!realPart('sshd', hasSshd(), 'apt-get install openssh-server')) this.skip();
    const server = await sshServer(folder.path);
    try {
      const repository = `${server.url}${scene.repository.path}`;
      const args = [...keyed, '--repository', repository, '--ssh-key-file', server.keyFile];
      const signed = ['--signing-key-file', server.keyFile];

      expect(await scene.run([...args, ...signed, ...atOnce, '--known-hosts-file', server.knownHostsFile])).to.include({
        outcome: 'proposed',
      });
      const [branch = ''] = scene.repository.proposals();
      const allowed = await folder.write('allowed', `* ${await readFile(`${server.keyFile}.pub`, 'utf8')}`);
      const config = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${allowed}`];
      expect(scene.repository.git(...config, 'log', '-1', '--format=%G?', branch)).to.equal('G');
      expect(await scene.run([...args, ...signed, '--known-hosts-file', server.knownHostsFile])).to.include({
        outcome: 'standing',
      });

      const others = await folder.write('others', '');
      expect(await told([...args, '--known-hosts-file', others])).to.match(
        /^GIT_UNAUTHORIZED git ls-remote: .*Host key verification failed/,
      );
      const elsewhere = [...args, '--known-hosts-file', server.knownHostsFile, '--repository', `${repository}-gone`];
      expect(await told(elsewhere))
        .to.match(/^GIT_UNAUTHORIZED git ls-remote: .*does not appear to be a git repository.*\n.*--repository/)
        .and.not.include('strangers');
    } finally {
      await server.close();
    }
  });
});
