import { expect } from 'chai';
import { parseServeFlags } from '../../../../plugin/commands/flags/serve-flags.ts';
import { failure } from '../../../support/failure.ts';

describe('plugin/commands/flags/serve-flags', () => {
  it('has a default for every flag', () => {
    expect(parseServeFlags([])).to.deep.include({
      scope: 'cluster',
      applications: ['argocd'],
      argoCdNamespace: 'argocd',
      plugin: 'dynamic-toolset',
      syncMode: 'sync',
      argoCd: null,
      lease: null,
      listen: { host: '127.0.0.1', port: 8080 },
      resyncMs: 600_000,
      logLevel: 'info',
    });
  });

  it('reads the values that are given', () => {
    const flags = parseServeFlags([
      ...['--namespaces', 'monitoring,logging', '--application-namespaces=*', '--act', 'refresh'],
      ...['--argocd-server', 'https://argocd-server.argocd.svc', '--argocd-token-file', '/token'],
      ...['--lease', 'argocd/serve', '--listen', ':9000', '--resync', '1m', '--log-level', 'debug'],
    ]);

    expect(flags).to.deep.include({
      scope: ['logging', 'monitoring'],
      // Where Services are, unless given.
      configMaps: ['logging', 'monitoring'],
      applications: 'cluster',
      syncMode: 'refresh',
      lease: { namespace: 'argocd', name: 'serve' },
      listen: { host: null, port: 9000 },
      resyncMs: 60_000,
      logLevel: 'debug',
    });
    expect(flags.argoCd?.url.host).to.equal('argocd-server.argocd.svc');
  });

  it("reads the URL of Argo CD's UI, with a slash at its end, and the hosts of Git", () => {
    const { argoCdUrl, gitHosts } = parseServeFlags([
      ...['--argocd-url', 'https://example.com/argocd'],
      ...['--git-web', 'git.example.com=gitlab', '--git-web', 'git.example.com:3000=gitea'],
    ]);

    expect(argoCdUrl?.href).to.equal('https://example.com/argocd/');
    expect(gitHosts).to.deep.equal({ 'git.example.com': 'gitlab', 'git.example.com:3000': 'gitea' });
    expect(parseServeFlags([])).to.deep.include({ argoCdUrl: null, gitHosts: {} });
  });

  it('assumes that Argo CD runs where Applications are watched, if that is one namespace', () => {
    const namespaceOf = (...args: string[]): string => parseServeFlags(args).argoCdNamespace;

    expect(namespaceOf('--application-namespaces', 'openshift-gitops')).to.equal('openshift-gitops');
    expect(namespaceOf('--application-namespaces', 'apps,gitops')).to.equal('argocd');
    expect(namespaceOf('--application-namespaces=*')).to.equal('argocd');
    expect(namespaceOf('--application-namespaces=*', '--argocd-namespace', 'gitops')).to.equal('gitops');
  });

  const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
    [
      ['--namespaces', 'a,*'],
      'invalid --namespaces "a,*": expected * or names of namespaces such as monitoring,logging',
    ],
    [['--argocd-namespace', '*'], 'invalid --argocd-namespace "*": expected the name of a namespace'],
    [['--act', 'write'], 'invalid --act "write": expected sync or refresh'],
    ...['javascript:alert(1)', 'argocd.example.com', 'https://a?b', 'https://a#b'].map(
      (url) =>
        [
          ['--argocd-url', url],
          `invalid --argocd-url "${url}": expected the URL of Argo CD's UI such as https://argocd.example.com`,
        ] as const,
    ),
    ...['git.example.com', 'https://git.example.com=gitlab', 'git.example.com=cgit'].map(
      (text) =>
        [
          ['--git-web', text],
          `invalid --git-web "${text}": expected HOST=KIND such as git.example.com=gitlab, where KIND is github, gitlab, gitea or bitbucket`,
        ] as const,
    ),
    [['--argocd-token-file', '/token'], '--argocd-token-file needs --argocd-server'],
    [['--argocd-ca-file', '/ca'], '--argocd-ca-file needs --argocd-server'],
    [['--argocd-server', 'https://a'], '--argocd-server needs --argocd-token-file'],
    [
      ['--argocd-server', 'argocd', '--argocd-token-file', '/t'],
      'invalid --argocd-server "argocd": expected a URL such as https://argocd-server.argocd.svc',
    ],
    [
      ['--argocd-server', 'https://:secret@a', '--argocd-token-file', '/t'],
      'invalid --argocd-server "…": expected a URL such as https://argocd-server.argocd.svc',
    ],
    [
      ['--argocd-url', 'https://user:secret@a'],
      `invalid --argocd-url "…": expected the URL of Argo CD's UI such as https://argocd.example.com`,
    ],
    [['--lease', 'serve'], 'invalid --lease "serve": expected NAMESPACE/NAME'],
    [['--listen', '8080'], 'invalid --listen "8080": expected HOST:PORT such as 0.0.0.0:8080'],
    [['--listen', ':70000'], 'invalid --listen ":70000": expected HOST:PORT such as 0.0.0.0:8080'],
    [['--resync', '5s'], 'invalid --resync "5s": expected at least 10s'],
    [['--resync', 'often'], 'invalid --resync "often": expected a duration such as 45s or 2m'],
    [['--lissten', ':1'], 'unknown flag --lissten, did you mean --listen?'],
    [['--snapshot', 'cluster.json'], '--snapshot does not apply to this command'],
    [['--tls-cert-file', '/c'], '--tls-cert-file needs --tls-key-file'],
    [['--tls-key-file', '/k'], '--tls-key-file needs --tls-cert-file'],
    [['all'], 'unexpected argument "all"'],
  ];
  for (const [args, message] of wrong) {
    it(`rejects ${args.join(' ')}`, async () => {
      const { code, message: said } = await failure(() => Promise.resolve().then(() => parseServeFlags(args)));

      expect(code).to.equal('USAGE');
      expect(said).to.equal(message);
    });
  }
});
