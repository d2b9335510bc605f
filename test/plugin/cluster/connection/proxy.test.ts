import { expect } from 'chai';
import { proxyByEnvironment } from '../../../../plugin/cluster/connection/proxy.ts';
import { parseProxy } from '../../../../plugin/lib/http/proxy-url.ts';
import { failure } from '../../../support/failure.ts';

const named = 'http://proxy.corp:3128';

describe('plugin/cluster/connection/proxy', () => {
  function proxyFor(server: string, variables: Readonly<Record<string, string>>): string | null {
    return proxyByEnvironment(new URL(server), variables)?.href ?? null;
  }

  /** As golang.org/x/net/http/httpproxy decides. */
  const cases: readonly (readonly [noProxy: string, server: string, isProxied: boolean])[] = [
    ['', 'https://api.corp:6443', true],
    ['', 'https://localhost:6443', false],
    ['', 'https://127.1.2.3:6443', false],
    ['', 'https://[::1]:6443', false],
    ['*', 'https://api.corp', false],
    ['other, *', 'https://api.corp', false],
    ['api.corp', 'https://api.corp:6443', false],
    ['API.corp', 'https://api.CORP:6443', false],
    ['corp', 'https://api.corp', false],
    ['.corp', 'https://api.corp', false],
    ['.corp', 'https://corp', true],
    ['*.corp', 'https://api.corp', false],
    ['*.corp', 'https://corp', true],
    ['pi.corp', 'https://api.corp', true],
    ['api.corp:6443', 'https://api.corp:6443', false],
    ['api.corp:6443', 'https://api.corp', true],
    ['api.corp:443', 'https://api.corp', false],
    ['10.0.0.0/8', 'https://10.1.2.3:6443', false],
    ['10.0.0.0/8', 'https://11.1.2.3:6443', true],
    ['10.0.0.0/99', 'https://10.1.2.3', true],
    ['10.1.2.3', 'https://10.1.2.3:6443', false],
    ['10.1.2.3:443', 'https://10.1.2.3:6443', true],
    ['fd00::/8', 'https://[fd12::1]:6443', false],
    ['[fd12::1]:6443', 'https://[fd12::1]:6443', false],
    ['fd12::1', 'https://[fd12:0:0::1]', false],
    ['fd00::/8', 'https://10.1.2.3', true],
    [':6443,,', 'https://api.corp:6443', true],
  ];
  for (const [noProxy, server, isProxied] of cases) {
    it(`reaches ${server} ${isProxied ? 'through the proxy' : 'directly'} with NO_PROXY=${noProxy}`, () => {
      const result = proxyFor(server, { HTTPS_PROXY: named, NO_PROXY: noProxy });

      expect(result).to.equal(isProxied ? `${named}/` : null);
    });
  }

  it('reads the variables in either case, and a proxy without a scheme', () => {
    expect(proxyFor('https://api.corp', { https_proxy: 'proxy.corp:3128' })).to.equal(`${named}/`);
    expect(proxyFor('https://api.corp', { https_proxy: named, no_proxy: 'corp' })).to.equal(null);
    expect(proxyFor('https://api.corp', { HTTPS_PROXY: '' })).to.equal(null);
    expect(proxyFor('https://api.corp', {})).to.equal(null);
    expect(proxyFor('http://api.corp', { HTTPS_PROXY: named, HTTP_PROXY: named })).to.equal(null);
    expect(parseProxy('socks5://a:1')?.protocol).to.equal('socks5:');
  });

  it('rejects an invalid proxy without printing it', async () => {
    const error = await failure(() => proxyFor('https://api.corp', { HTTPS_PROXY: 'ftp://me:secret@a' }));

    expect(error.code).to.equal('KUBECONFIG_INVALID');
    expect(error.message + error.hint).to.not.include('secret');
    expect(error.hint).to.match(/, or name api\.corp in NO_PROXY$/);
  });
});
