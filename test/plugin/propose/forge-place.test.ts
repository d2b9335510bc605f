import { expect } from 'chai';
import { parseProposeFlags } from '../../../plugin/commands/flags/propose-flags.ts';
import { failure } from '../../support/failure.ts';

const ssh = ['--ssh-key-file', 'key', '--known-hosts-file', 'hosts'];

/** Where pull requests are kept: the API, and what it calls the repository. */
function placeOf(kind: string, repository: string, forgeUrl?: string): readonly (string | undefined)[] {
  const { forge } = parseProposeFlags([
    ...['--repository', repository, '--file', 'prod/toolsets.yaml'],
    ...['--forge', kind, '--forge-token-file', 'token'],
    ...(/^https?:/.test(repository) ? [] : ssh),
    ...(forgeUrl === undefined ? [] : ['--forge-url', forgeUrl]),
  ]);
  return [forge?.url, forge?.repository];
}

describe('plugin/propose/forge/place', () => {
  for (const [kind, repository, url] of [
    ['github', 'https://github.com/acme/fleet.git', 'https://api.github.com'],
    ['github', 'git@github.com:acme/fleet.git', 'https://api.github.com'],
    ['github', 'git@GitHub.com:acme/fleet.git', 'https://api.github.com'],
    ['github', 'ssh://git@github.com:22/acme/fleet.git', 'https://api.github.com'],
    ['github', 'ssh://git@ssh.github.com:443/acme/fleet.git', 'https://api.github.com'],
    ['github', 'https://octo.ghe.com/acme/fleet.git', 'https://api.octo.ghe.com'],
    ['github', 'octo@octo.ghe.com:acme/fleet.git', 'https://api.octo.ghe.com'],
    ['github', 'https://git.example.com/acme/fleet', 'https://git.example.com/api/v3'],
    ['github', 'https://octo.ghe.com.example.com/acme/fleet', 'https://octo.ghe.com.example.com/api/v3'],
    ['gitlab', 'https://gitlab.com/acme/fleet.git', 'https://gitlab.com/api/v4'],
    ['gitlab', 'ssh://git@altssh.gitlab.com:443/acme/fleet.git', 'https://gitlab.com/api/v4'],
    ['gitlab', 'https://gitlab.example.com:8443/acme/fleet.git', 'https://gitlab.example.com:8443/api/v4'],
    ['gitea', 'https://codeberg.org/acme/fleet.git', 'https://codeberg.org/api/v1'],
    ['gitea', 'https://example.com/git/acme/fleet.git', 'https://example.com/git/api/v1'],
    ['gitea', 'ssh://git@git.example.com:2222/acme/fleet.git', 'https://git.example.com/api/v1'],
  ] as const) {
    it(`derives the API URL of ${kind} from ${repository}`, () => {
      expect(placeOf(kind, repository)).to.deep.equal([url, 'acme/fleet']);
    });
  }

  it('names the repository as the API does when the forge is served below a path', () => {
    const gitLab = 'https://example.com/gitlab/api/v4/';

    expect(placeOf('gitlab', 'https://example.com/gitlab/acme/team/fleet.git', gitLab)).to.deep.equal([
      'https://example.com/gitlab/api/v4',
      'acme/team/fleet',
    ]);
    expect(placeOf('gitea', 'https://example.com/git/acme/fleet', 'https://example.com/git/api/v1')[1]).to.equal(
      'acme/fleet',
    );
  });

  for (const [title, url, shown] of [
    ['a login, which it does not show', 'https://:secret@forge.example', '…'],
    ['plain http, except on loopback', 'http://forge.example', 'http://forge.example'],
  ] as const) {
    it(`refuses the URL of an API with ${title}`, async () => {
      const { message } = await failure(() => placeOf('gitea', '/srv/fleet.git', url));

      expect(message).to.match(/^invalid --forge-url "[^"]*": expected the https URL of the forge's API/);
      expect(message).to.include(`"${shown}"`);
    });
  }

  it('keeps a GitLab group named like that path: over SSH, on another host, and with the API at the root', () => {
    const gitLab = 'https://example.com/gitlab/api/v4';

    expect(placeOf('gitlab', 'git@example.com:gitlab/fleet.git', gitLab)[1]).to.equal('gitlab/fleet');
    expect(placeOf('gitlab', 'https://git.example.com/gitlab/fleet.git', gitLab)[1]).to.equal('gitlab/fleet');
    expect(placeOf('gitlab', 'https://example.com/gitlab/team/fleet.git')[1]).to.equal('gitlab/team/fleet');
  });
});
