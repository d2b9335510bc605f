import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openCluster } from '../../../../plugin/cluster/named/named-cluster.ts';
import type { ClusterSources, NamedCluster } from '../../../../plugin/cluster/named/named-cluster.ts';
import type { PluginError } from '../../../../plugin/lib/errors.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { testClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const canary = 'canary-7f3a';
const apiVersion = 'client.authentication.k8s.io/v1';
const server = 'https://spoke.example:6443';

describe('plugin/cluster/named kubeconfigs', () => {
  const folder = temporaryFolder();

  function sources(given: Partial<ClusterSources> = {}): ClusterSources {
    return {
      folder: folder.path,
      secrets: null,
      rules: { exec: [], insecure: false },
      mayName: () => true,
      ...given,
    };
  }

  function kubeconfig(user: object, cluster: object = {}): string {
    return JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, ...cluster } }],
      users: [{ name: 'u', user }],
    });
  }

  async function opened<T>(
    name: string,
    use: (cluster: NamedCluster) => T,
    given?: Partial<ClusterSources>,
  ): Promise<T> {
    const cluster = await openCluster(name, sources(given));
    try {
      return await use(cluster);
    } finally {
      cluster.connection.close();
    }
  }

  function authorization(name: string, given?: Partial<ClusterSources>): Promise<unknown> {
    return opened(
      name,
      async ({ connection }) =>
        ((await connection.authenticate()).headers as Readonly<Record<string, string>>).authorization,
      given,
    );
  }

  async function refusal(content: string, given?: Partial<ClusterSources>): Promise<PluginError> {
    await folder.write('spoke.yaml', content);
    const error = await failure(() => authorization('spoke', given));
    expect(error.message + error.hint).to.not.include(canary);
    return error;
  }

  it('are found by their file name, and by the URL of their server', async () => {
    await folder.write('broken.yaml', ': : :');
    await folder.write('spoke.yaml', kubeconfig({ token: 'abc' }));

    const byName = await opened('spoke', ({ name, server: url }) => [name, url]);
    const byUrl = await opened('HTTPS://SPOKE.example:6443/', ({ name, where }) => [name, where]);

    expect(byName).to.deep.equal(['spoke', server]);
    expect(byUrl).to.deep.equal(['spoke', 'the kubeconfig spoke.yaml of --clusters']);
    expect(await authorization('spoke')).to.equal('Bearer abc');
  });

  it('are found behind the links of a mounted Secret', async () => {
    await mkdir(join(folder.path, '..2026'));
    await folder.write('..2026/spoke', kubeconfig({ token: 'abc' }));
    await symlink('..2026', join(folder.path, '..data'));
    await symlink('..data/spoke', join(folder.path, 'spoke'));

    expect(await authorization('spoke')).to.equal('Bearer abc');
  });

  it('prefer the token of a file to the one beside it, as kubectl does', async () => {
    await folder.write('token', 'from-file');
    await folder.write('spoke', kubeconfig({ token: 'abc', tokenFile: 'token' }));

    expect(await authorization('spoke')).to.equal('Bearer from-file');
  });

  it('run a command by its path from their folder, not from the working directory', async () => {
    const said = JSON.stringify({ status: { token: 'told' } });
    const command = await folder.write('.login', `#!/bin/sh\necho '${said}'\n`);
    await chmod(command, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './.login' };
    await folder.write('spoke', kubeconfig({ exec }));

    expect(await authorization('spoke', { rules: { exec: [command], insecure: false } })).to.equal('Bearer told');
    const error = await failure(() => authorization('spoke', { rules: { exec: ['./.login'], insecure: false } }));
    expect(error.message).to.include('may not be run for a credential');
  });

  it('may hold a user name and password', async () => {
    await folder.write('spoke', kubeconfig({ username: 'me', password: 'pass' }));

    expect(await authorization('spoke')).to.equal(`Basic ${Buffer.from('me:pass').toString('base64')}`);
  });

  it('may hold a client certificate, a CA and a server name, as data or as files of the folder', async () => {
    const { cert, key } = selfSigned();
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await folder.write('tls.crt', cert);
    await folder.write('.ca', cert);
    const user = { 'client-certificate': 'tls.crt', 'client-key-data': base64(key) };
    await folder.write('spoke', kubeconfig(user, { 'certificate-authority': '.ca', 'tls-server-name': 'inner' }));

    const options = await opened('spoke', ({ connection }) => connection.authenticate());

    expect(options).to.include({ cert, key, ca: cert, servername: 'inner' });
    expect(options.headers).to.deep.equal({});
  });

  it('are read again: a new token is used, and a changed server or a missing file fails', async () => {
    let now = 0;
    const clock = { ...testClock(), now: () => (now += 2_000) };
    await folder.write('token', 'first');
    await folder.write('spoke', kubeconfig({ tokenFile: 'token' }));
    await opened(
      'spoke',
      async ({ connection }) => {
        const sent = async (): Promise<unknown> => (await connection.authenticate()).headers;
        expect(await sent()).to.deep.equal({ authorization: 'Bearer first' });

        await folder.write('token', 'second');
        expect(await sent()).to.deep.equal({ authorization: 'Bearer second' });

        await folder.write('spoke', kubeconfig({ token: canary }, { server: 'https://elsewhere.example' }));
        expect((await failure(sent)).message).to.include('its server has changed');

        await rename(join(folder.path, 'spoke'), join(folder.path, 'away'));
        expect((await failure(sent)).code).to.equal('CLUSTER_ACCESS_INVALID');
      },
      { clock },
    );
  });

  it('are invalid access once their folder is gone', async () => {
    let now = 0;
    const clock = { ...testClock(), now: () => (now += 2_000) };
    const clusters = join(folder.path, 'clusters');
    await mkdir(clusters);
    await folder.write('clusters/spoke', kubeconfig({ token: canary }));
    await opened(
      'spoke',
      async ({ connection }) => {
        await rename(clusters, join(folder.path, 'away'));

        const { code, message } = await failure(() => connection.authenticate());
        expect(code).to.equal('CLUSTER_ACCESS_INVALID');
        expect(message).to.include('the kubeconfig spoke of --clusters: the folder cannot be read');
      },
      { clock, folder: clusters },
    );
  });

  it('that do not exist are reported with those that the project may use', async () => {
    for (const name of ['spoke-1.yaml', 'spoke-2', 'secret-cluster.yaml']) await folder.write(name, '');

    const error = await failure(() => openCluster('spoke-3', sources({ mayName: (name) => name.startsWith('spoke') })));

    expect(error).to.include({ code: 'CLUSTER_UNKNOWN' });
    expect(error.message).to.equal('there is no cluster "spoke-3", did you mean spoke-1?');
    expect(error.hint).to.include('these are known: spoke-1, spoke-2;').and.not.include('secret-cluster');
    expect((await failure(() => openCluster('a', sources({ folder: undefined })))).hint).to.include('--clusters');
  });

  it('with the same name are rejected', async () => {
    await folder.write('spoke.yml', kubeconfig({ token: 'abc' }));

    expect((await refusal(kubeconfig({ token: canary }))).message).to.include('spoke.yml has the same name');
  });

  const bad: readonly (readonly [title: string, content: () => string, message: string])[] = [
    ['without a credential', () => kubeconfig({}), 'it has no credential'],
    ['with a token of two lines', () => kubeconfig({ token: `${canary}\nx` }), 'its token is not valid'],
    [
      'without its context',
      () => JSON.stringify({ users: [{ name: 'u', user: { token: canary } }] }),
      'it has no context',
    ],
    ['that are not YAML', () => `users: [${canary}`, 'it is not YAML'],
    ['over http', () => kubeconfig({ token: canary }, { server: 'http://a' }), 'its server is not an https URL'],
    [
      'with a user in the server URL',
      () => kubeconfig({ token: 'a' }, { server: `https://${canary}@a` }),
      'not an https URL',
    ],
    [
      'that turn off TLS verification',
      () => kubeconfig({ token: canary }, { 'insecure-skip-tls-verify': true }),
      'turns off verification',
    ],
    [
      'with an invalid proxy',
      () => kubeconfig({ token: canary }, { 'proxy-url': `ftp://${canary}` }),
      'its proxy is not the URL of one',
    ],
    ['with impersonation', () => kubeconfig({ token: canary, as: 'admin' }), '"as" is not supported'],
    [
      'with a command',
      () => kubeconfig({ exec: { command: 'aws', args: [canary] } }),
      'the command "aws" may not be run',
    ],
    [
      'with a command in an unknown version',
      () => kubeconfig({ exec: { command: 'aws', apiVersion: `v1${canary}` } }),
      'an unknown apiVersion',
    ],
    ...['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'AAD_SERVICE_PRINCIPAL_CLIENT_SECRET'].map(
      (name) =>
        [
          `that set ${name} for a command`,
          () => kubeconfig({ exec: { command: 'aws', apiVersion, env: [{ name, value: canary }] } }),
          `may not be given the variable "${name}"`,
        ] as const,
    ),
    [
      'with a file outside the folder',
      () => kubeconfig({ tokenFile: '/etc/passwd' }),
      '/etc/passwd is outside the folder',
    ],
    [
      'with a relative path out of the folder',
      () => kubeconfig({ tokenFile: `${'../'.repeat(20)}etc/passwd` }),
      'is outside the folder',
    ],
    ['with an invalid CA', () => kubeconfig({ token: canary }, { 'certificate-authority-data': 'abc' }), 'not PEM'],
    ['that are too large', () => `# ${'x'.repeat(256 * 1024)}`, 'has more than 262144 bytes'],
  ];
  for (const [title, content, message] of bad) {
    it(`${title} are rejected without printing their content`, async () => {
      const rules = { exec: message.includes('may not be run') ? [] : ['aws'], insecure: false };
      const error = await refusal(content(), { rules });

      expect(error.code).to.equal('CLUSTER_ACCESS_INVALID');
      expect(error.message).to.include(message).and.include('the kubeconfig spoke.yaml of --clusters');
    });
  }

  it('cannot lead outside their folder by a link, nor to a pipe', async () => {
    await symlink('/etc/passwd', join(folder.path, 'spoke'));
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);

    expect((await failure(() => authorization('spoke'))).message).to.include('is outside the folder');
    expect((await failure(() => authorization('pipe'))).message).to.include('is not a file');
  });

  it('may skip TLS verification when the platform allows it', async () => {
    await folder.write('spoke', kubeconfig({ token: 'abc' }, { 'insecure-skip-tls-verify': true }));

    const options = await opened('spoke', ({ connection }) => connection.authenticate(), {
      rules: { exec: [], insecure: true },
    });

    expect(options).to.include({ rejectUnauthorized: false });
  });

  it('are not read from a folder of more than a thousand files', async () => {
    await Promise.all(Array.from({ length: 1_001 }, (_, index) => folder.write(`c${String(index)}`, '')));

    expect((await failure(() => authorization('c1'))).message).to.include('it has more than 1000 files');
  });
});
