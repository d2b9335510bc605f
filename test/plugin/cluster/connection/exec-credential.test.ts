import { expect } from 'chai';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecFailure, ExecOptions } from '../../../../plugin/cluster/connection/exec-credential.ts';
import { ExecCredentials } from '../../../../plugin/cluster/connection/exec-credential.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

interface Given extends Partial<Pick<ExecOptions, 'variables' | 'timeoutMs'>> {
  readonly env?: Readonly<Record<string, string>>;
}

const canary = 'canary-7f3a';
const apiVersion = 'client.authentication.k8s.io/v1';

describe('plugin/cluster/connection/exec-credential', () => {
  const folder = temporaryFolder();

  async function credentials(
    script: string,
    { env = {}, variables = {}, timeoutMs = 20_000 }: Given = {},
  ): Promise<ExecCredentials> {
    const command = await folder.write(
      'command',
      `#!/bin/sh\necho called >> "${join(folder.path, 'calls')}"\n${script}\n`,
    );
    await chmod(command, 0o755);
    return new ExecCredentials({ apiVersion, command, args: [], env }, { variables, timeoutMs, failure: told });
  }

  function told({ problem, output }: ExecFailure): PluginError {
    return new PluginError('CLUSTER_UNAUTHORIZED', `the command ${problem}`, { hint: output });
  }

  function prints(status: object): string {
    return `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion, status })}'`;
  }

  async function calls(): Promise<number> {
    return (await readFile(join(folder.path, 'calls'), 'utf8')).split('\n').length - 1;
  }

  it('runs the plugin once for all requests, and again once the credential has expired', async () => {
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

  it('runs the plugin once for all requests that come after the credential has expired', async () => {
    const exec = await credentials(prints({ token: 'abc', expirationTimestamp: '2001-01-01T00:00:00Z' }));
    await exec.get();

    await Promise.all([exec.get(), exec.get(), exec.get()]);

    expect(await calls()).to.equal(2);
  });

  it('runs the plugin again once its credential is forgotten, if that has no expiry', async () => {
    const exec = await credentials(prints({ token: 'abc' }));
    await exec.get();
    await exec.get();
    expect(await calls()).to.equal(1);

    exec.forget();
    await exec.get();

    expect(await calls()).to.equal(2);
  });

  it('accepts a client certificate', async () => {
    const exec = await credentials(prints({ clientCertificateData: 'cert', clientKeyData: 'key' }));

    expect(await exec.get()).to.deep.include({ token: null, certificate: { cert: 'cert', key: 'key' } });
  });

  it('gets KUBERNETES_EXEC_INFO as from kubectl, and inherits variables beside its own', async () => {
    const exec = await credentials(
      `echo "{\\"status\\": {\\"token\\": \\"$FIRST-$SECOND-$(echo "$KUBERNETES_EXEC_INFO" | grep -c '"interactive":false')\\"}}"`,
      { env: { SECOND: 'own' }, variables: { ...process.env, FIRST: 'inherited', SECOND: 'inherited' } },
    );

    expect(await exec.get()).to.include({ token: 'inherited-own-1' });
  });

  it('gives a plugin that asks for input an empty stdin, so that it does not wait forever', async () => {
    const exec = await credentials(`read answer; echo "nothing to read" >&2; exit 4`);

    const error = await failure(() => exec.get());

    expect(error).to.include({ message: 'the command ended with 4', hint: 'nothing to read' });
  });

  it('kills a plugin that hangs, even one that ignores signals, and runs it again for the next request', async () => {
    const exec = await credentials(`trap '' TERM INT; while :; do sleep 1; done`, { timeoutMs: 300 });

    const errors = [await failure(() => exec.get()), await failure(() => exec.get())];

    expect(errors.map(({ message }) => message)).to.deep.equal(Array(2).fill('the command did not end within 0.3 s'));
    expect(await calls()).to.equal(2);
  });

  it('does not print an invalid argument', async () => {
    const exec = new ExecCredentials(
      { apiVersion, command: 'sh', args: [`${canary}\0`], env: {} },
      { variables: {}, timeoutMs: 1_000, failure: told },
    );

    expect((await failure(() => exec.get())).message).to.equal('the command cannot be run with these arguments');
  });

  for (const [title, script] of [
    ['fails', `echo ${canary}; echo ${canary} >&2; exit 3`],
    ['prints no credential', prints({ other: canary })],
    ['prints null', 'echo null'],
    ['prints no status', `echo '{"token": "${canary}"}'`],
    ['does not print JSON', `echo ${canary}`],
    ['prints an invalid token', prints({ token: `${canary} x` })],
    ['prints too much', `yes ${canary} | head -c 1000000`],
  ] as const) {
    it(`prints nothing of a plugin that ${title}, and runs it again for the next request`, async () => {
      const exec = await credentials(script);

      const errors = [await failure(() => exec.get()), await failure(() => exec.get())];

      expect(errors.map(({ code }) => code)).to.deep.equal(Array(2).fill('CLUSTER_UNAUTHORIZED'));
      expect(errors.map(({ message, cause }) => `${message}${String(cause)}`).join()).to.not.include(canary);
      expect(await calls()).to.equal(2);
    });
  }
});
