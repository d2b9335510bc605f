import { expect } from 'chai';
import { proxyTo, usableServer } from '../../../../plugin/cluster/named/access.ts';
import type { AccessRules, ClusterAccess } from '../../../../plugin/cluster/named/access.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { selfSigned } from '../../../support/certificate.ts';

const server = 'https://spoke.example:6443';
const where = 'the kubeconfig spoke.yaml';

describe('plugin/cluster/named/access', () => {
  const none: ClusterAccess = {
    ...{ server, serverName: null, insecure: false, proxy: null, ca: null },
    ...{ certificate: null, token: null, basic: null, exec: null },
  };
  const withToken = { ...none, token: 'abc' };
  const strict: AccessRules = { exec: [], insecure: false };
  const permissive: AccessRules = { exec: ['aws', '/bin/aws'], insecure: true };

  /** The URL that is used, or the error's message and hint. */
  function resultOf(access: ClusterAccess, rules: AccessRules): string {
    try {
      return usableServer(access, rules, where).href;
    } catch (error) {
      if (!(error instanceof PluginError) || error.code !== 'CLUSTER_ACCESS_INVALID') throw error;
      return `${error.message}; ${error.hint}`;
    }
  }

  describe('for the address of a server', () => {
    const invalid = `${where}: its server is not an https URL; write it as https://HOST:PORT, without a user`;

    it('uses an https URL', () => {
      expect(resultOf(withToken, strict)).to.equal(`${server}/`);
      expect(resultOf({ ...withToken, server: `${server}/k8s/c-1` }, strict)).to.equal(`${server}/k8s/c-1`);
    });

    for (const [title, address] of [
      ['a user', 'https://me@spoke.example'],
      ['a password alone', 'https://:word@spoke.example'],
      ['a query', 'https://spoke.example/?token=x'],
      ['another scheme', 'ftp://spoke.example'],
      ['no scheme', 'spoke.example'],
    ] as const)
      it(`rejects one with ${title}, even where verification may be turned off`, () => {
        for (const insecure of [false, true])
          expect(resultOf({ ...withToken, server: address, insecure }, permissive)).to.equal(invalid);
      });

    it('uses http only if verification is turned off and the platform permits that', () => {
      const http = { ...withToken, server: 'http://spoke.example' };

      expect(resultOf({ ...http, insecure: true }, permissive)).to.equal('http://spoke.example/');
      expect(resultOf(http, permissive)).to.equal(invalid);
      expect(resultOf({ ...http, insecure: true }, strict)).to.equal(
        `${where}: it turns off verification of the server; give it the CA of the cluster; --allow-insecure-clusters permits this, but sends the credential to whatever answers`,
      );
    });
  });

  describe('for a credential', () => {
    it('rejects an access without one, and a token that does not fit in a header, with what to do', () => {
      expect(resultOf(none, strict)).to.equal(
        `${where}: it has no credential; give it a token, a client certificate or a command for one`,
      );
      expect(resultOf({ ...none, token: 'a\nb' }, strict)).to.equal(
        `${where}: its token is not valid; write it on one line`,
      );
    });

    it('accepts a certificate with its key, and rejects it with the key of another', () => {
      const [own, other] = [selfSigned(), selfSigned()];

      expect(resultOf({ ...none, certificate: { cert: own.cert, key: own.key } }, strict)).to.equal(`${server}/`);
      expect(resultOf({ ...none, certificate: { cert: own.cert, key: other.key } }, strict)).to.equal(
        `${where}: its CA, certificate or key is not PEM, or they do not match; compare with kubectl`,
      );
    });
  });

  describe('for a command', () => {
    const exec = { command: 'aws', args: [], env: {}, apiVersion: 'client.authentication.k8s.io/v1' };
    const withCommand = (change: Partial<typeof exec>, rules = permissive): string =>
      resultOf({ ...none, exec: { ...exec, ...change } }, rules);

    it('accepts one that the platform permits, by its name or its absolute path', () => {
      expect(withCommand({})).to.equal(`${server}/`);
      expect(withCommand({ command: '/bin/aws' })).to.equal(`${server}/`);
    });

    it('rejects any other with the setting that permits it, and prints at most 80 characters of its name', () => {
      const hint =
        'the platform allows it with --cluster-exec, since it runs with the rights of the plugin; a token or a client certificate needs no command';

      expect(withCommand({ command: 'b'.repeat(100) })).to.equal(
        `${where}: the command "${'b'.repeat(80)}" may not be run for a credential; ${hint}`,
      );
    });

    it('rejects a relative path, although the platform permits it', () => {
      const rules = { ...permissive, exec: ['./aws'] };

      expect(withCommand({ command: './aws' }, rules)).to.equal(
        `${where}: its command is a relative path; write the absolute path, or just the name`,
      );
    });

    it('accepts the versions v1 and v1beta1 of its API, and names them for any other', () => {
      const api = 'client.authentication.k8s.io';

      expect(withCommand({ apiVersion: `${api}/v1beta1` })).to.equal(`${server}/`);
      expect(withCommand({ apiVersion: `${api}/v1alpha1` })).to.equal(
        `${where}: its command has an unknown apiVersion; use ${api}/v1 or ${api}/v1beta1`,
      );
    });

    it('accepts the variables that choose an account or a region', () => {
      const env = Object.fromEntries(
        [
          ...['AAD_ENVIRONMENT_NAME', 'AAD_LOGIN_METHOD', 'AAD_SERVICE_PRINCIPAL_CLIENT_ID', 'AWS_DEFAULT_REGION'],
          ...['AWS_PROFILE', 'AWS_REGION', 'AWS_ROLE_ARN', 'AWS_STS_REGIONAL_ENDPOINTS', 'AZURE_CLIENT_ID'],
          'AZURE_TENANT_ID',
        ].map((name) => [name, 'x']),
      );

      expect(withCommand({ env })).to.equal(`${server}/`);
    });

    it('rejects any other variable, and prints at most 80 characters of its name', () => {
      expect(withCommand({ env: { ['V'.repeat(100)]: 'x' } })).to.equal(
        `${where}: its command may not be given the variable "${'V'.repeat(80)}"; set it in the container of the plugin`,
      );
    });
  });

  describe('for a proxy', () => {
    const variables = { HTTPS_PROXY: 'http://proxy.example:3128' };
    const proxyOf = (proxy: string | null): string | undefined =>
      proxyTo(new URL(server), { ...withToken, proxy }, { ...strict, variables }, where)?.href;

    it('uses the one of the definition, or else of the environment', () => {
      expect(proxyOf('socks5://inner.example:1080')).to.equal('socks5://inner.example:1080');
      expect(proxyOf(null)).to.equal('http://proxy.example:3128/');
      expect(proxyTo(new URL(server), withToken, strict, where)).to.equal(null);
    });

    it('rejects a URL of another kind with the kinds that there are', () => {
      expect(() => proxyOf('ftp://inner.example'))
        .to.throw(PluginError, `${where}: its proxy is not the URL of one`)
        .with.property('hint', 'write http://HOST:PORT, https:// or socks5://');
    });
  });
});
