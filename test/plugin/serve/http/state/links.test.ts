import { expect } from 'chai';
import { linksOf } from '../../../../../plugin/serve/http/state/links.ts';
import { application } from '../../argocd/argo-cd-model.ts';

const commit = 'c'.repeat(40);
const source = { repoUrl: 'https://github.com/acme/gitops', path: 'holmesgpt', commit };
const named = { pointer: '/spec/sources/1/plugin/name', source };
const one = application({
  plugins: [
    { name: 'other', pointer: '/spec/sources/0/plugin/name', source: { ...source, path: 'other' } },
    { ...named, name: 'dynamic-toolset-v1.0.0' },
  ],
});
const configMap = { namespace: 'holmesgpt', name: 'toolsets' };

describe('plugin/serve/http/state/links', () => {
  const links = linksOf({
    plugin: 'dynamic-toolset',
    argoCdUrl: new URL('https://argocd.example.com/ui/'),
    gitHosts: {},
  });

  it('links to the ConfigMap in Argo CD, below the path that Argo CD is served at', () => {
    expect(links.argoCd(one, configMap)).to.equal(
      'https://argocd.example.com/ui/applications/argocd/one?node=%2FConfigMap%2Fholmesgpt%2Ftoolsets%2F0',
    );
  });

  it('links to the folder of the source that names the plugin', () => {
    expect(links.folder(one)).to.deep.equal({
      url: `https://github.com/acme/gitops/tree/${commit}/holmesgpt`,
      path: 'holmesgpt',
      commit,
    });
  });

  it('links to the line that a warning begins with', () => {
    const file = `https://github.com/acme/gitops/blob/${commit}/holmesgpt`;

    expect(links.line(one, 'overrides.yaml:4:3 unused')).to.equal(`${file}/overrides.yaml#L4`);
    expect(links.line(one, 'more/b.yml:10:12 unused')).to.equal(`${file}/more/b.yml#L10`);
  });

  for (const message of [
    'a/loki needs a tenant',
    'Service a/b of overrides.yaml:4:3 x',
    '../../x.yaml:4:3 x',
    '/etc/x.yaml:1:1 x',
    'javascript:alert(1):4:3 x',
    'https://evil.example/x.yaml:4:3 x',
    `${'a'.repeat(300)}.yaml:4:3 x`,
    'overrides.yaml:99999999:1 x',
  ]) {
    it(`returns no link for the warning ${JSON.stringify(message.slice(0, 40))}`, () => {
      expect(links.line(one, message)).to.equal(null);
    });
  }

  it('returns no link to a folder or a line on a host whose page URLs are unknown', () => {
    const plugins = [{ ...named, name: 'dynamic-toolset', source: { ...source, repoUrl: 'https://git.example/a/b' } }];
    const elsewhere = application({ plugins });

    expect([links.folder(elsewhere), links.line(elsewhere, 'a.yaml:1:1 x')]).to.deep.equal([null, null]);
  });

  it('returns no link when the target is unknown', () => {
    const unknown = linksOf({ plugin: 'dynamic-toolset', argoCdUrl: null, gitHosts: {} });
    const elsewhere = application({ plugins: [{ ...named, name: 'dynamic-toolset', source: null }] });

    expect(unknown.argoCd(one, configMap)).to.equal(null);
    expect(links.argoCd(undefined, configMap)).to.equal(null);
    expect([links.folder(undefined), links.folder(elsewhere), links.line(elsewhere, 'a.yaml:1:1 x')]).to.deep.equal([
      null,
      null,
      null,
    ]);
  });
});
