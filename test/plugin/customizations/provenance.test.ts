import { expect } from 'chai';
import { formatLocation } from '../../../plugin/lib/diagnostic.ts';
import type { Path } from '../../../plugin/lib/json.ts';
import { locationOf } from '../../../plugin/customizations/provenance.ts';
import type { Provenance } from '../../../plugin/customizations/provenance.ts';
import { frozen } from '../../support/data.ts';
import { changed } from '../../support/git.ts';

const generated = frozen({
  toolsets: {
    'grafana/loki': { enabled: true, config: { api_url: 'http://l.a.svc:3100' } },
    'grafana/tempo': { enabled: true, config: { api_url: 'http://t.a.svc:3100' } },
    'prometheus/metrics': { enabled: true, config: { prometheus_url: 'http://p.a.svc:9090', verify_ssl: true } },
  },
  mcp_servers: { 'a/mcp': { config: { url: 'http://mcp.a.svc:80/mcp' } } },
});

const files = {
  'base.yaml': `toolsets:
  prometheus/metrics:
    config:
      prometheus_url: http://base
      additional_headers:
        X-Scope-OrgID: base
        X-Team: base
  grafana/tempo: null
`,
  'overrides.yaml': `# The environment.
toolsets:
  prometheus/metrics:
    config:
      additional_headers: {X-Team: environment}
      verify_ssl: null
  own:
    description: d
    tools:
      - name: first
        command: a
      - name: second
        command: b
  longer: {tools: [{name: one}]}
mcp_servers:
  github: {config: {url: "https://mcp.example.com"}}
  a/mcp: {config: {url: null}}
`,
  'patches.yaml': `- target: grafana/loki
  patch:
    - op: add
      path: /config/additional_headers
      value:
        X-Scope-OrgID: patched
    - {op: replace, path: /enabled, value: false}
    - {op: copy, from: /config/api_url, path: /config/external_url}
- target: own
  patch:
    - {op: replace, path: /tools/1/command, value: c}
    - {op: remove, path: /description}
- target: mcp_servers/github
  patch: [{op: add, path: /enabled, value: true}]
- target: longer
  patch:
    - {op: add, path: /tools/0, value: {name: zero}}
`,
};

describe('plugin/customizations/provenance', () => {
  let provenance: Provenance;

  before(() => {
    ({ provenance } = changed(generated, files));
  });

  describe('attributes', () => {
    const cases: readonly (readonly [string, Path, string | null])[] = [
      ['a value of the first file', ['toolsets', 'prometheus/metrics', 'config', 'prometheus_url'], 'base.yaml:4:7'],
      [
        'a value in a map that the first file began',
        ['toolsets', 'prometheus/metrics', 'config', 'additional_headers', 'X-Scope-OrgID'],
        'base.yaml:6:9',
      ],
      [
        'a value of that map that a later file replaced',
        ['toolsets', 'prometheus/metrics', 'config', 'additional_headers', 'X-Team'],
        'overrides.yaml:5:28',
      ],
      [
        'the map that the first file began',
        ['toolsets', 'prometheus/metrics', 'config', 'additional_headers'],
        'base.yaml:5:7',
      ],
      ['a toolset that is only in Git', ['toolsets', 'own'], 'overrides.yaml:7:3'],
      ['an MCP server', ['mcp_servers', 'github', 'config', 'url'], 'overrides.yaml:16:21'],
      ['a value of a patch', ['toolsets', 'grafana/loki', 'enabled'], 'patches.yaml:7:37'],
      [
        'a value in a map of a patch',
        ['toolsets', 'grafana/loki', 'config', 'additional_headers', 'X-Scope-OrgID'],
        'patches.yaml:6:9',
      ],
      ['a value that a patch copied', ['toolsets', 'grafana/loki', 'config', 'external_url'], 'patches.yaml:8:7'],
      ['a patch to an MCP server', ['mcp_servers', 'github', 'enabled'], 'patches.yaml:14:37'],
      ['a list that a patch changed in part', ['toolsets', 'own', 'tools'], 'overrides.yaml:9:5'],
      ['the part that the patch changed', ['toolsets', 'own', 'tools', 1, 'command'], 'patches.yaml:11:45'],
      ['a value beside that part', ['toolsets', 'own', 'tools', 1, 'name'], 'overrides.yaml:12:9'],
      ['another item of that list', ['toolsets', 'own', 'tools', 0, 'command'], 'overrides.yaml:11:9'],
      ['a list that a patch extended', ['toolsets', 'longer', 'tools', 0], 'patches.yaml:17:7'],
      ['a generated value', ['toolsets', 'grafana/loki', 'config', 'api_url'], null],
      ['a toolset that Git only adds to', ['toolsets', 'prometheus/metrics'], null],
      ['a missing value', ['toolsets', 'absent', 'config'], null],
      ['a removed value', ['toolsets', 'grafana/tempo', 'config', 'api_url'], null],
    ];
    for (const [title, path, place] of cases) {
      it(`${title}: ${place ?? 'not from Git'}`, () => {
        expect(placed(provenance, path)).to.equal(place);
      });
    }

    it('an item of a list, and a part of it', () => {
      const { 'overrides.yaml': text } = files;
      const own = changed(generated, { 'overrides.yaml': text }).provenance;

      expect(placed(own, ['toolsets', 'own', 'tools'])).to.equal('overrides.yaml:9:5');
      expect(placed(own, ['toolsets', 'own', 'tools', 1])).to.equal('overrides.yaml:12:9');
      expect(placed(own, ['toolsets', 'own', 'tools', 1, 'command'])).to.equal('overrides.yaml:13:9');
    });

    it('only the part of a patch that changed something', () => {
      const text = `- target: prometheus/metrics
  patch:
    - op: replace
      path: /config
      value:
        prometheus_url: http://p.a.svc:9090
        verify_ssl: false
`;
      const own = changed(generated, { 'patches.yaml': text }).provenance;

      expect(placed(own, ['toolsets', 'prometheus/metrics', 'config', 'verify_ssl'])).to.equal('patches.yaml:7:9');
      expect(placed(own, ['toolsets', 'prometheus/metrics', 'config', 'prometheus_url'])).to.equal(null);
    });

    it('an alias, to the line of the alias', () => {
      const text = 'toolsets:\n  own: {a: &a [x], b: *a}\n';
      const own = changed(generated, { 'overrides.yaml': text }).provenance;

      expect(placed(own, ['toolsets', 'own', 'b'])).to.equal('overrides.yaml:2:20');
    });
  });

  it('lists what was removed, and by which line', () => {
    const removals = provenance
      .removals()
      .map(({ path, source }) => `${path.join(' ')}: ${formatLocation(locationOf(source))}`);

    expect(removals.sort()).to.deep.equal([
      'mcp_servers a/mcp config url: overrides.yaml:17:20',
      'toolsets grafana/tempo: base.yaml:8:3',
      'toolsets own description: patches.yaml:12:7',
      'toolsets prometheus/metrics config verify_ssl: overrides.yaml:6:7',
    ]);
  });

  it('does not list removals that were undone', () => {
    const own = changed(generated, {
      'base.yaml': 'toolsets: {grafana/tempo: null, grafana/loki: {config: null}}\n',
      'overrides.yaml': 'toolsets: {grafana/tempo: {enabled: true}}\n',
      'patches.yaml': '- {target: grafana/loki, patch: [{op: add, path: /config, value: {a: 1}}]}\n',
    }).provenance;

    expect(own.removals()).to.be.empty;
    expect(placed(own, ['toolsets', 'grafana/tempo', 'enabled'])).to.equal('overrides.yaml:1:28');
    expect(placed(own, ['toolsets', 'grafana/loki', 'config', 'a'])).to.equal('patches.yaml:1:67');
  });

  it('lists a toolset that a patch removed', () => {
    const text = '- {target: grafana/*, patch: [{op: remove, path: ""}]}\n';
    const own = changed(generated, { 'patches.yaml': text }).provenance;

    expect(own.removals().map(({ path }) => path)).to.deep.equal([
      ['toolsets', 'grafana/loki'],
      ['toolsets', 'grafana/tempo'],
    ]);
  });

  it('reports whether Git adds to a path or removes from it', () => {
    const touched = (...path: Path): boolean => provenance.touches(path);

    expect(touched('toolsets', 'prometheus/metrics')).to.equal(true);
    expect(touched('toolsets', 'grafana/tempo')).to.equal(true);
    expect(touched('mcp_servers', 'a/mcp')).to.equal(true);
    expect(touched('toolsets', 'grafana/loki', 'config', 'api_url')).to.equal(false);
    expect(touched('toolsets', 'absent')).to.equal(false);
    expect(changed(generated, {}).provenance.touches(['toolsets'])).to.equal(false);
  });

  it('finds the locations in Git below a path', () => {
    const below = provenance
      .sourcesBelow(['toolsets', 'prometheus/metrics', 'config'])
      .map((source) => formatLocation(locationOf(source)));

    expect(below.sort()).to.deep.equal(['base.yaml:4:7', 'base.yaml:6:9', 'overrides.yaml:5:28', 'overrides.yaml:6:7']);
  });
});

function placed(provenance: Provenance, path: Path): string | null {
  const source = provenance.sourceOf(path);
  return source && formatLocation(locationOf(source));
}
