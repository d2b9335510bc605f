import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { platformOf, writeComment } from '../../../../plugin/commands/review/comment.ts';
import type { Comment } from '../../../docs/ci/forge.ts';
import { bot, Forge } from '../../../docs/ci/forge.ts';

const marker = '<!-- ours -->';
const person = { id: 7, login: 'mallory', type: 'User' } as const;
const project = { id: 99, login: 'project_5_bot', type: 'User' } as const;

describe('plugin/commands/review/comment', () => {
  let forge: Forge;
  let api: string;

  beforeEach(async () => {
    forge = new Forge();
    api = await forge.start();
  });

  afterEach(() => {
    forge.stop();
  });

  const gitHub = (token = 'secret'): ReturnType<typeof platformOf> =>
    platformOf('github', {
      GITHUB_API_URL: api,
      GITHUB_REF: 'refs/pull/12/merge',
      GITHUB_REPOSITORY: 'acme/gitops',
      GITHUB_TOKEN: token,
    });
  const gitLab = (): ReturnType<typeof platformOf> =>
    platformOf('gitlab', {
      CI_API_V4_URL: `${api}/api/v4`,
      CI_MERGE_REQUEST_IID: '3',
      CI_MERGE_REQUEST_PROJECT_ID: '5',
      GITLAB_TOKEN: 'secret',
    });
  const write = (platform = gitHub(), text = 'now'): Promise<string | null> =>
    writeComment(platform, { marker, body: `${marker}\n${text}` });
  const bodies = (): string[] => forge.comments.map(({ body }) => body);
  const comment = (body: string, user: Comment['user']): Comment => ({ id: user.id, body, user });

  it('creates a comment when there is none', async () => {
    expect(await write()).to.equal(null);

    expect(bodies()).to.deep.equal([`${marker}\nnow`]);
    expect(forge.requests.at(-1)).to.equal('POST /repos/acme/gitops/issues/12/comments');
    expect([...forge.tokens]).to.deep.equal(['Bearer secret']);
  });

  it('updates its own comment in place', async () => {
    await write(gitHub(), 'before');
    expect(await write()).to.equal(null);

    expect(bodies()).to.deep.equal([`${marker}\nnow`]);
    expect(forge.requests.at(-1)).to.equal('PATCH /repos/acme/gitops/issues/comments/1000');
  });

  it('finds its comment after more than a hundred others', async () => {
    forge.comments = Array.from({ length: 250 }, (_, index) => ({ id: index, body: 'nice', user: person }));
    forge.comments[230] = { id: 230, body: `${marker}\nbefore`, user: bot };

    await write();

    expect(forge.comments).to.have.length(250);
    expect(bodies()[230]).to.equal(`${marker}\nnow`);
  });

  it('leaves alone the comment of a person who copied the marker', async () => {
    forge.comments = [comment(`${marker}\nmine`, person)];

    await write();

    expect(bodies()).to.deep.equal([`${marker}\nmine`, `${marker}\nnow`]);
  });

  it('updates the comment of a token whose account is not a bot', async () => {
    forge.account = project;
    forge.comments = [comment(`${marker}\nmine`, person), comment(`${marker}\nbefore`, project)];

    await write();

    expect(bodies()).to.deep.equal([`${marker}\nmine`, `${marker}\nnow`]);
  });

  it('creates and updates a note on GitLab', async () => {
    forge.account = project;

    expect(await write(gitLab(), 'before')).to.equal(null);
    expect(await write(gitLab())).to.equal(null);

    expect(bodies()).to.deep.equal([`${marker}\nnow`]);
    const notes = '/api/v4/projects/5/merge_requests/3/notes';
    const writes = forge.requests.filter((one) => !one.startsWith('GET'));
    expect(writes).to.deep.equal([`POST ${notes}`, `PUT ${notes}/1000`]);
    expect([...forge.tokens]).to.deep.equal(['secret']);
  });

  it('explains that the token may not write, without printing it', async () => {
    forge.refusal = 403;

    expect(await write()).to.equal(
      `the comment cannot be written: POST ${api}/repos/acme/gitops/issues/12/comments responded with 403: its token has no right to it, as that of a fork`,
    );
  });

  it('prints nothing of a token that cannot be sent', async () => {
    expect(await write(gitHub('first-line\nsecret'))).to.equal(
      'the comment cannot be written: the value of the header authorization cannot be sent: a token has to be one line of ASCII',
    );
    expect(forge.requests).to.deep.equal([]);
  });

  it('names the request that a login page answers, without quoting the page', async () => {
    const login = createServer((_, response) => response.end('<html>sign in</html>'));
    login.listen(0, '127.0.0.1');
    await once(login, 'listening');
    const url = `http://127.0.0.1:${String((login.address() as AddressInfo).port)}`;

    const problem = await write(
      platformOf('gitlab', {
        CI_API_V4_URL: url,
        CI_MERGE_REQUEST_IID: '3',
        CI_MERGE_REQUEST_PROJECT_ID: '5',
        GITLAB_TOKEN: 'secret',
      }),
    );

    login.close();
    expect(problem).to.equal(
      `the comment cannot be written: GET ${url}/user responded with something other than JSON: check the URL of the API`,
    );
  });

  it('explains that the API is unreachable', async () => {
    forge.stop();

    expect(await write()).to.match(/^the comment cannot be written: fetch failed: connect ECONNREFUSED/);
  });

  it('names the variables that a job lacks, and sends nothing', async () => {
    const onPush = platformOf('github', { GITHUB_API_URL: api, GITHUB_REF: 'refs/heads/main', GITHUB_TOKEN: 'secret' });

    expect(await write(onPush)).to.equal(
      'no comment is written: the job has no GITHUB_REF of a pull request, no GITHUB_REPOSITORY',
    );
    expect(await write(platformOf('gitlab', { CI_API_V4_URL: api }))).to.equal(
      'no comment is written: the job has no CI_MERGE_REQUEST_IID, no CI_MERGE_REQUEST_PROJECT_ID, no GITLAB_TOKEN',
    );
    expect(forge.requests).to.deep.equal([]);
  });
});
