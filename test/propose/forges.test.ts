import { expect } from 'chai';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { forgeKinds } from '../../plugin/propose/forge/forge.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';
import type { GitServer } from '../support/git-server.ts';
import { gitHttpServer } from '../support/git-server.ts';
import { BareRepository } from '../support/bare-repository.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { atOnce, keyed, loki, prometheus, Scene } from './fixture.ts';
import { ForgeServer } from './forge-server.ts';

const token = 'forge-token-0123456789';

for (const kind of forgeKinds) {
  describe(`plugin/commands/propose with --forge ${kind}`, function () {
    this.timeout(120_000);
    const folder = temporaryFolder();
    let scene: Scene;
    let git: GitServer | null = null;
    let forge: ForgeServer;
    let args: readonly string[];

    beforeEach(async () => {
      mkdirSync(join(folder.path, 'acme'));
      scene = new Scene(folder, new BareRepository(folder.path, 'acme/fleet.git'));
      await scene.cluster(prometheus);
      const tokenFile = await folder.write('token', `${token}\n`);
      let name = scene.repository.path.replace(/^\/|\.git$/g, '');
      let repository = [scene.repository.path];
      // Git over HTTP takes twice the processes and knows nothing of the forge's API: one kind shows that both go together.
      if (kind === 'github') {
        git = await gitHttpServer({ folder: folder.path, user: 'x-access-token', password: token });
        name = 'acme/fleet';
        repository = [`${git.url}/${name}.git`, '--git-token-file', tokenFile];
      }
      forge = new ForgeServer(kind, token, scene.repository, name);
      await forge.listen();
      args = [
        ...keyed,
        ...['--repository', ...repository],
        ...['--forge', kind, '--forge-token-file', tokenFile, '--forge-url', forge.url],
      ];
    });

    afterEach(async () => {
      await Promise.all([git?.close(), forge.close()]);
      git = null;
    });

    it('creates one pull request, finds it again, updates it, and closes it with its branch', async () => {
      const first = await scene.run([...args, ...atOnce]);

      expect(first).to.include({ outcome: 'proposed', pullRequest: 'https://forge.example/acme/fleet/1' });
      const [pull] = forge.pulls;
      expect(pull).to.include({ state: 'open', head: scene.repository.proposals()[0], base: 'main' });
      expect(pull!.title).to.match(/^Toolsets: .*change/);
      expect(pull!.body).to.match(/^<!-- dynamic-toolset proposal sha256:[0-9a-f]{64} -->\n/);
      expect(pull!.body).to.include('- **old/gone**: removed: no matching Service and not defined in Git\n');

      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'standing', pullRequest: first.pullRequest });
      pull!.title = 'A title by people';
      await scene.run([...args, ...atOnce]);
      expect(pull!.title).to.equal('A title by people');

      await scene.cluster(prometheus, loki);
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'proposed', pullRequest: first.pullRequest });
      expect(forge.pulls).to.have.lengthOf(1);
      expect(pull!.body).to.include('obs/loki');

      const [branch = ''] = scene.repository.proposals();
      scene.repository.commit({ 'prod/values.yaml': scene.repository.text(branch, 'prod/values.yaml') });
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'closed', pullRequest: first.pullRequest });
      expect(pull!.state).to.equal('closed');
      expect(pull!.body).to.match(/^Closed by dynamic-toolset: /);
      expect(scene.repository.proposals()).to.deep.equal([]);
    });

    it('calls the API through the proxy set for git, and directly when NO_PROXY names it', async () => {
      const asked: string[] = [];
      const proxy = createServer((_request, response) => {
        response.writeHead(502).end();
      });
      proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
        asked.push(request.url ?? '');
        const [host, port] = (request.url ?? '').split(':');
        const upstream = connect(Number(port), host);
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.on('error', () => upstream.destroy());
        upstream.on('error', () => socket.destroy());
        socket.pipe(upstream).pipe(socket);
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const HTTP_PROXY = `127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
      try {
        const first = await scene.run([...args, ...atOnce], { HTTP_PROXY });
        const count = asked.length;
        const second = await scene.run([...args, ...atOnce], { HTTP_PROXY, NO_PROXY: '127.0.0.1' });
        const third = await scene.run([...args, ...atOnce], { HTTP_PROXY: '%%', HTTPS_PROXY: 'ftp://a' });

        expect([first, second, third].map(({ outcome }) => outcome)).to.deep.equal([
          'proposed',
          'standing',
          'standing',
        ]);
        expect([...new Set(asked)]).to.deep.equal([new URL(forge.url).host]);
        expect(asked).to.have.length(count);
      } finally {
        proxy.close();
        proxy.closeAllConnections();
      }
    });

    it('does not repeat a declined proposal, but proposes another change, and one that it closed itself', async () => {
      const original = scene.repository.text('main', 'prod/values.yaml');
      await scene.run([...args, ...atOnce]);
      forge.pulls[0]!.state = 'closed';

      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'declined' });
      const [branch = ''] = scene.repository.proposals();
      scene.repository.git('update-ref', '-d', `refs/heads/${branch}`);
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'declined' });
      expect([scene.repository.proposals(), forge.pulls.length]).to.deep.equal([[], 1]);

      await scene.cluster(prometheus, loki);
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'proposed' });
      scene.repository.commit({ 'prod/values.yaml': scene.repository.text(branch, 'prod/values.yaml') });
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'closed' });
      scene.repository.commit({ 'prod/values.yaml': original });
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'proposed' });
      expect(forge.pulls.map(({ state }) => state)).to.deep.equal(['closed', 'closed', 'open']);
    });

    it('leaves a pull request as it is while it cannot be closed, and closes it later', async () => {
      await scene.run([...args, ...atOnce]);
      const [pull] = forge.pulls;
      const before = pull!.body;
      const [branch = ''] = scene.repository.proposals();
      scene.repository.commit({ 'prod/values.yaml': scene.repository.text(branch, 'prod/values.yaml') });
      forge.keepsOpen = true;
      expect((await failure(() => scene.run([...args, ...atOnce]))).code).to.equal('FORGE_FAILED');
      expect([pull!.state, pull!.body, scene.repository.proposals()]).to.deep.equal(['open', before, [branch]]);

      forge.keepsOpen = false;
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'closed' });
      expect(pull!.body.match(/Closed by dynamic-toolset/g)).to.have.lengthOf(1);
    });

    it('does not take a pull request from a fork with the same branch name for its own', async () => {
      await scene.run([...args, ...atOnce]);
      const [first] = forge.pulls.splice(0);
      const { title, body, head, base } = first!;
      for (const state of ['open', 'closed'] as const)
        forge.pulls.push({ number: forge.pulls.length + 1, title, body, state, head, base, isFork: true });

      const { outcome, pullRequest } = await scene.run([...args, ...atOnce]);

      expect([outcome, pullRequest]).to.deep.equal(['standing', 'https://forge.example/acme/fleet/3']);
      expect(forge.pulls.map(({ state }) => state)).to.deep.equal(['open', 'closed', 'open']);
    });

    it('finds its open pull request behind a thousand newer ones', async () => {
      const first = await scene.run([...args, ...atOnce]);
      for (let number = 2; number <= 1_002; number += 1) {
        const pull = { number, title: '', body: '', head: `other-${String(number)}`, base: 'main' };
        forge.pulls.push({ ...pull, state: number % 2 === 0 ? 'open' : 'merged' });
      }
      await scene.cluster(prometheus, loki);

      const second = await scene.run([...args, ...atOnce]);

      expect(second).to.include({ outcome: 'proposed', pullRequest: first.pullRequest });
      expect(forge.pulls[0]!.body).to.include('obs/loki');
    });

    // What is sent and read goes through the same code for all of them.
    if (kind !== 'github') return;

    it('keeps the branch when the API fails, hides the token, and creates the pull request later', async () => {
      const listed = forge.requests.length;
      forge.failWith = 403;
      const { code, message, hint } = await failure(() => scene.run([...args, ...atOnce]));

      expect(code).to.equal('FORGE_FAILED');
      expect(`${message}${hint}`).to.include('responded with 403').and.not.include(token);
      expect(forge.requests.length).to.equal(listed + 1);
      forge.failWith = null;
      expect(await scene.run([...args, ...atOnce])).to.include({ outcome: 'proposed' });
      expect(forge.pulls).to.have.lengthOf(1);
    });

    it('does not reveal a token that cannot be sent', async () => {
      await folder.write('two-lines', `first-line-of-it\n${token}\n`);
      const { code, message, hint } = await failure(() =>
        scene.run([...args, '--forge-token-file', join(folder.path, 'two-lines'), ...atOnce]),
      );

      expect(code).to.equal('FORGE_FAILED');
      expect(`${message}${hint}`)
        .to.include('one line')
        .and.not.match(/first-line|forge-token-\d/);
      expect(forge.requests).to.deep.equal([]);
    });

    it('follows no redirect with the token, and rejects oversized and invalid responses', async () => {
      const elsewhere = new ForgeServer(kind, token, scene.repository, 'acme/fleet');
      await elsewhere.listen();
      const lies = [
        { status: 302, location: `${elsewhere.url}/pulls`, text: '' },
        { status: 200, text: `"${'x'.repeat(16 * 1024 * 1024)}"` },
        { status: 200, text: 'no JSON' },
      ];

      for (const lie of lies) {
        forge.lieWith = lie;
        const { code, message, hint } = await failure(() => scene.run([...args, ...atOnce]));
        expect(code).to.equal('FORGE_FAILED');
        expect(`${message}${hint}`).to.not.include(token);
      }

      await elsewhere.close();
      expect(elsewhere.requests).to.deep.equal([]);
    });

    it('shows no control characters of a response', async () => {
      await scene.run([...args, ...atOnce]);
      const [branch = ''] = scene.repository.proposals();
      const link = 'https://forge.example/\u001b]0;owned\u0007';
      const repo = { id: 1 };
      const [head, base] = [
        { ref: branch, repo },
        { ref: 'main', repo },
      ];
      const pull = { number: 'x', iid: 'x', html_url: link, web_url: link, state: 'closed', head, base };
      const text = forge.pulls[0]!.body;
      forge.lieWith = { status: 200, text: JSON.stringify([{ ...pull, body: text, description: text }]) };

      const { outcome, pullRequest } = await scene.run([...args, ...atOnce]);

      expect(outcome).to.equal('declined');
      expect(pullRequest).to.match(/^https:\/\/forge\.example\/[^\p{Cc}]*$/u);
    });
  });
}
