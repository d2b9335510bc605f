import { expect } from 'chai';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecCredentials } from '../../../../plugin/cluster/named/exec-credential.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const canary = 'canary-7f3a';
const apiVersion = 'client.authentication.k8s.io/v1';

describe('plugin/cluster/named/exec-credential', () => {
  const folder = temporaryFolder();

  async function credentials(script: string, env: Readonly<Record<string, string>> = {}): Promise<ExecCredentials> {
    const command = await folder.write(
      'command',
      `#!/bin/sh\necho called >> "${join(folder.path, 'calls')}"\n${script}\n`,
    );
    await chmod(command, 0o755);
    return new ExecCredentials({ apiVersion, command, args: [], env }, 'the Secret');
  }

  function prints(status: object): string {
    return `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion, status })}'`;
  }

  async function calls(): Promise<number> {
    return (await readFile(join(folder.path, 'calls'), 'utf8')).split('\n').length - 1;
  }

  it('is asked for once by all requests, and anew once it has expired', async () => {
    const lasting = await credentials(prints({ token: 'abc', expirationTimestamp: '2999-01-01T00:00:00Z' }));
    const both = await Promise.all([lasting.get(), lasting.get()]);
    await lasting.get();
    expect(both.map(({ token }) => token)).to.deep.equal(['abc', 'abc']);
    expect(await calls()).to.equal(1);

    const expired = await credentials(prints({ token: 'abc', expirationTimestamp: '2001-01-01T00:00:00Z' }));
    await expired.get();
    await expired.get();
    expect(await calls()).to.equal(3);
  });

  it('is asked for once by all requests that come when it has expired', async () => {
    const exec = await credentials(prints({ token: 'abc', expirationTimestamp: '2001-01-01T00:00:00Z' }));
    await exec.get();

    await Promise.all([exec.get(), exec.get(), exec.get()]);

    expect(await calls()).to.equal(2);
  });

  it('is asked for anew once it is forgotten, where it says no expiry', async () => {
    const exec = await credentials(prints({ token: 'abc' }));
    await exec.get();
    await exec.get();
    expect(await calls()).to.equal(1);

    exec.forget();
    await exec.get();

    expect(await calls()).to.equal(2);
  });

  it('may be a client certificate', async () => {
    const exec = await credentials(prints({ clientCertificateData: 'cert', clientKeyData: 'key' }));

    expect(await exec.get()).to.deep.include({ token: null, certificate: { cert: 'cert', key: 'key' } });
  });

  it('is told of itself as kubectl tells it, and of the variables that are allowed', async () => {
    const exec = await credentials(
      `echo "{\\"status\\": {\\"token\\": \\"$AWS_REGION-$(echo "$KUBERNETES_EXEC_INFO" | grep -c '"interactive":false')\\"}}"`,
      { AWS_REGION: 'eu' },
    );

    expect(await exec.get()).to.include({ token: 'eu-1' });
  });

  it('has no variable that could run another program', async () => {
    for (const name of ['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'AAD_SERVICE_PRINCIPAL_CLIENT_SECRET']) {
      const error = await failure(() => credentials(prints({ token: 'abc' }), { [name]: canary }));

      expect(error.message).to.include(`may not be given the variable "${name}"`);
      expect(error.message + error.hint).to.not.include(canary);
    }
  });

  for (const [title, script] of [
    ['fails', `echo ${canary}; echo ${canary} >&2; exit 3`],
    ['prints no credential', prints({ other: canary })],
    ['prints no JSON', `echo ${canary}`],
    ['prints a token that is none', prints({ token: `${canary} x` })],
    ['prints too much', `yes ${canary} | head -c 1000000`],
  ] as const) {
    it(`shows nothing of a command that ${title}, and runs it again for the next request`, async () => {
      const exec = await credentials(script);

      const errors = [await failure(() => exec.get()), await failure(() => exec.get())];

      expect(errors.map(({ code }) => code)).to.deep.equal(Array(2).fill('CLUSTER_UNAUTHORIZED'));
      expect(errors.map(({ message, hint, cause }) => `${message}${hint}${String(cause)}`).join()).to.not.include(
        canary,
      );
      expect(await calls()).to.equal(2);
    });
  }
});
