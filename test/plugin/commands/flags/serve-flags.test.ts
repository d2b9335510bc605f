import { expect } from 'chai';
import { parseServeFlags, serveHelp, serveOptions } from '../../../../plugin/commands/flags/serve-flags.ts';
import { failure } from '../../../support/failure.ts';

describe('plugin/commands/flags/serve-flags', () => {
  it('has a default for everything', () => {
    expect(parseServeFlags([])).to.deep.include({
      scope: 'cluster',
      applications: ['argocd'],
      plugin: 'dynamic-toolset',
      act: 'sync',
      argoCd: null,
      lease: null,
      listen: { host: '127.0.0.1', port: 8080 },
      resyncMs: 600_000,
      logLevel: 'info',
    });
  });

  it('takes what it is given', () => {
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
      act: 'refresh',
      lease: { namespace: 'argocd', name: 'serve' },
      listen: { host: null, port: 9000 },
      resyncMs: 60_000,
      logLevel: 'debug',
    });
    expect(flags.argoCd?.url.host).to.equal('argocd-server.argocd.svc');
  });

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--namespaces', 'a,*'], /--namespaces "a,\*" is neither \* nor names of namespaces/],
    [['--act', 'write'], /--act "write" is none of sync, refresh/],
    [['--argocd-token-file', '/token'], /--argocd-token-file needs --argocd-server/],
    [['--argocd-ca-file', '/ca'], /--argocd-ca-file needs --argocd-server/],
    [['--argocd-server', 'https://a'], /--argocd-server needs --argocd-token-file/],
    [['--argocd-server', 'argocd', '--argocd-token-file', '/t'], /is no URL such as https:/],
    [['--lease', 'serve'], /--lease "serve" is no NAMESPACE\/NAME/],
    [['--listen', '8080'], /--listen "8080" is no HOST:PORT/],
    [['--listen', ':70000'], /--listen ":70000" is no HOST:PORT/],
    [['--resync', '5s'], /--resync "5s" is shorter than 10s/],
    [['--resync', 'often'], /--resync "often" is no duration/],
    [['--lissten', ':1'], /unknown flag --lissten, did you mean --listen\?/],
    [['all'], /unexpected argument "all"/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, message: said } = await failure(() => Promise.resolve().then(() => parseServeFlags(args)));

      expect(code).to.equal('USAGE');
      expect(said).to.match(message);
    });
  }

  it('says of every flag what it is for', () => {
    for (const [name, { about }] of Object.entries(serveOptions))
      expect(serveHelp()).to.include(`--${name} `).and.include(about);
  });
});
