import { expect } from 'chai';
import { copyFile, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServe } from '../../e2e/support/serve.ts';
import { ask } from '../../support/ask.ts';
import { selfSigned } from '../../support/certificate.ts';
import { until } from '../../support/until.ts';
import { apiScene } from './scene.ts';

describe('cluster/api/lifecycle', () => {
  const scene = apiScene();

  async function startAnother(...flags: readonly string[]): ReturnType<typeof startServe> {
    return startServe(scene.program, ['--kubeconfig', await scene.cluster.kubeconfig(), ...flags]);
  }

  it('on shutdown, turns unready, keeps serving, ends streams, releases its Lease and exits with 0', async () => {
    const another = await startAnother('--shutdown-delay', '2s', '--lease', 'default/api-lifecycle');
    const url = another.url;
    await until('it is ready', async () => (await ask(`${url}/readyz`)).status === 200);
    await another.until('leader-elected');
    const headers = { authorization: `Bearer ${scene.token}` };
    const stream = await fetch(`${url}/api/v1/events`, { headers });
    const exit = another.stop();

    await until('it is not ready', async () => (await ask(`${url}/readyz`)).status === 503);
    expect((await ask(`${url}/readyz`)).text).to.equal('it is about to end\n');
    const answer = await ask(`${url}/api/v1/toolsets`, { token: scene.token });
    expect(answer.status).to.equal(200);
    expect(answer.headers.connection).to.equal('close');
    expect((await ask(`${url}/healthz`)).status).to.equal(200);
    expect(await stream.text()).to.include('event: changed');
    expect(await exit).to.equal(0);
    const lease = await scene.cluster.kubectl(['get', 'lease', 'api-lifecycle', '-n', 'default', '-o', 'json']);
    expect((JSON.parse(lease) as { spec: { holderIdentity?: string } }).spec.holderIdentity ?? '').to.equal('');
  });

  it('exits on a second signal without the rest of the shutdown delay', async () => {
    const another = await startAnother('--shutdown-delay', '60s');
    const exit = another.stop();
    await another.until('stopping');
    process.kill(another.pid, 'SIGINT');

    // With the delay to its end it would be 0.
    expect(await exit).to.equal(130);
  });

  it('serves with a mounted certificate, and with a new one once it is mounted', async () => {
    const folder = await mkdtemp(join(scene.cluster.folder, 'tls-'));
    const [first, second] = [selfSigned('first'), selfSigned('second')];
    // As the kubelet mounts a Secret: through a link that is replaced atomically.
    const mount = async (
      name: string,
      { cert, key }: { readonly cert: string; readonly key: string },
    ): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'tls.crt'), cert);
      await writeFile(join(folder, name, 'tls.key'), key);
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await mount('1', first);
    for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(folder, file));
    const files = ['--tls-cert-file', join(folder, 'tls.crt'), '--tls-key-file', join(folder, 'tls.key')];
    const another = await startAnother(...files);
    const url = another.url.replace('http:', 'https:');
    try {
      expect((await ask(`${url}/healthz`, { ca: first.cert })).status).to.equal(200);
      await mount('2', second);

      const isServed = (): Promise<boolean> =>
        ask(`${url}/healthz`, { ca: second.cert }).then(
          ({ status }) => status === 200,
          () => false,
        );
      await until('the second certificate is served', isServed);
      await copyFile(join(folder, '1', 'tls.key'), join(folder, '2', 'tls.key'));
      await another.until('certificate-failed');
      expect(await isServed()).to.equal(true);
    } finally {
      await another.stop();
    }
  });

  it('names a certificate file that cannot be read', async () => {
    const files = ['--tls-cert-file', '/nowhere/tls.crt', '--tls-key-file', '/nowhere/tls.key'];
    const { code, stderr } = await scene.program.run([
      ...['serve', '--listen', '127.0.0.1:0', '--kubeconfig', await scene.cluster.kubeconfig(), ...files],
    ]);

    expect(code).to.equal(2);
    expect(stderr).to.match(/--tls-(?:cert|key)-file \/nowhere\/tls\.\w+ cannot be read: no such file or directory/);
  });

  it('finishes a response in progress on shutdown', async () => {
    const another = await startAnother('--shutdown-delay', '0s');
    const body = { files: { 'overrides.yaml': `toolsets:\n${'  a: {enabled: yes}\n'.repeat(2_000)}` } };
    const answer = ask(`${another.url}/api/v1/toolsets/validate`, { token: scene.token, method: 'POST', body });
    await delay(150);
    const exit = another.stop();

    expect((await answer).status).to.equal(200);
    expect(await exit).to.equal(0);
  });
});
