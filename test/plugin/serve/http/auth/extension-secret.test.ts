import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openExtensionSecret } from '../../../../../plugin/serve/http/auth/extension-secret.ts';
import { followFiles } from '../../../../../plugin/serve/http/followed-file.ts';
import { failure } from '../../../../support/failure.ts';
import { temporaryFolder } from '../../../../support/folder.ts';
import { until } from '../../../../support/until.ts';

const secret = 'abcdefghijklmnopqrstuvwxyz012345';

describe('plugin/serve/http/auth/extension-secret', () => {
  const folder = temporaryFolder();
  const ended = new AbortController();
  after(() => {
    ended.abort();
  });

  const open = async (content: string): ReturnType<typeof openExtensionSecret> => {
    const file = join(folder.path, 'secret');
    await writeFile(file, content);
    return openExtensionSecret(file, ended.signal, () => undefined);
  };

  for (const end of ['', '\n', '\r\n']) {
    it(`reads the secret from the only line of a file that ends with ${JSON.stringify(end)}`, async () => {
      const isSecret = await open(`${secret}${end}`);

      expect(isSecret(secret)).to.equal(true);
      for (const wrong of ['', secret.slice(1), `${secret}x`, secret.toUpperCase(), `${secret}\n`])
        expect(isSecret(wrong), wrong).to.equal(false);
    });
  }

  for (const content of [
    '',
    'short',
    secret.slice(1),
    'x'.repeat(513),
    `${secret}\n${secret}`,
    `${secret} `,
    `ä${secret}`,
  ]) {
    it(`rejects a file that holds ${JSON.stringify(content.slice(0, 40))}, without showing it`, async () => {
      const { code, message, hint } = await failure(() => open(content));

      expect(code).to.equal('FILE_UNREADABLE');
      expect(message).to.include('32 to 512');
      expect(hint).to.include('openssl');
      if (content.length > 5) expect(message).not.to.include(content.slice(0, 6));
    });
  }

  it('names the missing file', async () => {
    const { message } = await failure(() => openExtensionSecret('/missing', ended.signal, () => undefined));

    expect(message).to.match(/^--argocd-extension-secret-file \/missing cannot be read/);
  });

  it('follows changes of its files, and reports a file that cannot be read once', async () => {
    const errors: unknown[] = [];
    let read = (): Promise<string> => Promise.resolve('one');
    const followed = await followFiles(
      () => read(),
      ended.signal,
      (error) => errors.push(error),
      1,
    );
    const changes: string[] = [];
    followed.onChange((value) => changes.push(value));

    read = () => Promise.reject(new Error('gone'));
    await until('it is reported', () => errors.length > 0);
    expect(followed.current()).to.equal('one');
    read = () => Promise.resolve('two');
    await until('it is followed', () => followed.current() === 'two');

    expect(errors).to.have.length(1);
    expect(changes).to.deep.equal(['two']);
  });
});
