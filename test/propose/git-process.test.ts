import { expect } from 'chai';
import { GitProcess } from '../../plugin/propose/git/git-process.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('plugin/propose/git/git-process', () => {
  const folder = temporaryFolder();

  it('reports the reason that git gives last, however much the server printed before', async () => {
    const limits = { folderBytes: 1024 * 1024, signal: new AbortController().signal };
    const git = new GitProcess(folder.path, { PATH: process.env.PATH ?? '' }, limits);
    const greeting = `printf 'welcome %05000d\\n' 1 2 3 4 5 >&2`;
    const alias = `alias.greet=!${greeting}; echo 'fatal: repository x not found' >&2; exit 128`;

    const error = await failure(() => git.run({ args: ['-c', alias, 'greet'] }));

    expect(error.code).to.equal('GIT_UNAUTHORIZED');
    expect(error.message).to.match(/^git -c: ….* repository x not found/);
    expect(error.message).to.have.lengthOf.below(700);
  });
});
