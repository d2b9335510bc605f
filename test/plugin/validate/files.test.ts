import { expect } from 'chai';
import type { FileDiagnostic } from '../../../plugin/lib/diagnostic.ts';
import { findingsIn } from '../../../plugin/validate/files.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

describe('plugin/validate/files', () => {
  it('reports the mistakes of all files in one run', async () => {
    const found = await codesOf({
      'toolset.yaml': `${head}spec: {nothing: 1}\n`,
      'overrides.yaml': 'other: {}\ntoolsets:\n  a: 1\n  grafana/loki: {enabeld: true}\nmcp_servers: []\n',
      'patches.yaml': '- target: 1\n',
    });

    expect(found).to.deep.equal([
      'toolset.yaml:3 SETTINGS_INVALID',
      'overrides.yaml:1 OVERRIDES_INVALID',
      'overrides.yaml:3 OVERRIDES_INVALID',
      'overrides.yaml:5 OVERRIDES_INVALID',
      'patches.yaml:1 PATCHES_INVALID',
      'patches.yaml:1 PATCHES_INVALID',
      'overrides.yaml:4 OVERRIDE_REJECTED',
    ]);
  });

  it('reports ambiguous YAML in toolset.yaml only where HolmesGPT reads the value', async () => {
    const template =
      '{id: d, match: [{names: [d]}], toolset: {name: d, template: {type: http, config: {endpoints: [{hosts: [off]}]}}}}';
    const text = `${head}spec:\n  discovery: {evidence: off}\n  customDetectors:\n    - ${template}\n`;

    expect(await codesOf({ 'toolset.yaml': text })).to.deep.equal(['toolset.yaml:6 YAML_AMBIGUOUS']);
  });

  it('reports every invalid key of a rejected file', async () => {
    const found = await codesOf({ 'overrides.yaml': 'toolsets: {1: {}}\ntoolsets: {}\n' });

    expect(found).to.deep.equal(['overrides.yaml:2 OVERRIDES_INVALID', 'overrides.yaml:1 OVERRIDES_INVALID']);
  });

  it('reports a map whose keys are all commented out, but not an explicit or inline null', async () => {
    const text = 'toolsets:\n  grafana/loki:\n    # enabled: true\n  grafana/tempo: null\n  helm/core:\n';

    expect(await codesOf({ 'overrides.yaml': text })).to.deep.equal(['overrides.yaml:2 OVERRIDE_UNUSED']);
  });

  const emptied: readonly (readonly [string, string, readonly string[]])[] = [
    ['a comment on the line of the key, and a deeper one after a blank line', 'a: # off\n\n    # b: 1\n', ['2:3']],
    ['a key in quotes', '"a":\n    # b: 1\n', ['2:3']],
    ['a key within an entry', 'a:\n    config:\n      # b: 1\n', ['3:5']],
    ['a comment about the next key, as far to the left', 'a:\n  # the next one\n  b: {enabled: true}\n', []],
    ['a comment further to the left', 'a:\n# all of it\n', []],
    ['a value beside the comment', 'a: ~ # gone\n    # for good\n', []],
    ['an empty string', 'a: ""\n    # b: 1\n', []],
  ];
  for (const [title, entry, places] of emptied) {
    it(`${places.length === 0 ? 'accepts' : 'reports, at the key,'} ${title}`, async () => {
      const found = await findingsOf({ 'overrides.yaml': `toolsets:\n  ${entry}` });

      const own = found.filter(({ message }) => message.startsWith('has only comments'));
      expect(own.map(({ location: { line, column } }) => `${String(line)}:${String(column)}`)).to.deep.equal(places);
    });
  }

  it('reports a built-in toolset that stays off without `enabled`, unless discovery would enable it', async () => {
    const text = [
      'toolsets:',
      '  datadog/logs: {config: {api_key: "{{ env.A }}", app_key: "{{ env.B }}", api_url: "https://api.datadoghq.com"}}',
      '  helm/core: {enabled: true}',
      '  kubernetes/logs: {description: mine}',
      '  kubernetes/kube-prometheus-stack: {enabled: false}',
      '  prometheus/metrics: {config: {verify_ssl: true}}',
      '  own: {description: mine, tools: []}',
      '',
    ].join('\n');

    expect(await codesOf({ 'overrides.yaml': text })).to.deep.equal(['overrides.yaml:2 OVERRIDE_UNUSED']);
  });

  it('reports no missing `enabled` for a toolset that is always generated', async () => {
    const text = 'toolsets:\n  kubernetes/core: {description: mine, tools: []}\n';

    expect(await codesOf({ 'overrides.yaml': text })).to.deep.equal([]);
  });

  it('reports half of a login only when no other file has the other half', async () => {
    const half = 'toolsets: {grafana/loki: {config: {api_url: "http://a", username: b}}}\n';
    const other = 'toolsets: {grafana/loki: {config: {password: "{{ env.PW }}"}}}\n';
    const settings = `${head}spec: {overrides: {files: [a.yaml, b.yaml]}}\n`;

    expect(await codesOf({ 'overrides.yaml': half })).to.deep.equal(['overrides.yaml:1 OVERRIDE_REJECTED']);
    expect(await codesOf({ 'toolset.yaml': settings, 'a.yaml': half, 'b.yaml': other })).to.deep.equal([]);
  });

  it('reports a placeholder in place of a credential once, and a secret beside or in it as well', async () => {
    const found = async (key: string): Promise<readonly string[]> =>
      codesOf({ 'overrides.yaml': `toolsets: {grafana/loki: {config: {api_url: "http://a", api_key: '${key}'}}}\n` });

    for (const placeholder of ['$API_KEY', 'Bearer $API_KEY', '$(API_KEY)', '{ env.API_KEY }', 'Bearer <token>'])
      expect(await found(placeholder), placeholder).to.deep.equal(['overrides.yaml:1 CONFIG_KEY_UNKNOWN']);
    for (const secret of ['swordfish7 $API_KEY', '${API_KEY:-swordfish7}'])
      expect(await found(secret), secret).to.deep.equal([
        'overrides.yaml:1 SECRET_INLINE',
        'overrides.yaml:1 CONFIG_KEY_UNKNOWN',
      ]);
  });

  describe('with several files for one entry', () => {
    const settings = `${head}spec: {overrides: {files: [a.yaml, b.yaml]}}\n`;
    const withFiles = async (a: string, b: string): Promise<string[]> => {
      const all = await codesOf({ 'toolset.yaml': settings, 'a.yaml': a, 'b.yaml': b });
      return all.filter((one) => !one.endsWith('OVERRIDE_SHADOWED'));
    };
    const own = 'toolsets:\n  own:\n    type: http\n    description: d\n    config: {endpoints: [{hosts: [a]}]}\n';

    it('accepts a toolset that one file defines and another completes', async () => {
      expect(await withFiles(own, 'toolsets: {own: {config: {verify_ssl: false}}}\n')).to.deep.equal([]);
    });

    it('uses the type from another file, and reports mistakes where they are', async () => {
      const mistakes =
        'toolsets:\n  own:\n    config:\n      verify_ssl: maybe\n      endpoints: [{hosts: [a]}, {paths: [b]}]\n';

      expect(await withFiles(own, mistakes)).to.deep.equal([
        'b.yaml:4 OVERRIDE_REJECTED',
        'b.yaml:5 OVERRIDE_REJECTED',
      ]);
      expect(await withFiles(mistakes, own)).to.deep.equal(['a.yaml:4 OVERRIDE_REJECTED']);
    });

    it('ignores what a later file removes', async () => {
      const half = 'toolsets: {grafana/loki: {config: {api_url: "http://a", username: b}}, nosuch: {enabled: true}}\n';

      expect(await withFiles(half, 'toolsets: {grafana/loki: null, nosuch: null}\n')).to.deep.equal([]);
      expect(await withFiles(half, 'toolsets: {grafana/loki: {config: null}, nosuch: null}\n')).to.deep.equal([]);
    });

    it('validates the value of the later file, whether it fixes or breaks that of the first', async () => {
      const wrong = 'toolsets: {grafana/loki: {config: {api_url: a}}}\n';
      const right = 'toolsets: {grafana/loki: {config: {api_url: "http://a"}}}\n';

      expect(await withFiles(wrong, right)).to.deep.equal([]);
      expect(await withFiles(right, wrong)).to.deep.equal(['b.yaml:1 OVERRIDE_REJECTED']);
    });

    it('reports two names of one toolset, and one name in both sections', async () => {
      const old = 'toolsets: {runbook: {enabled: true}, own: {description: d, tools: []}}\n';
      const now =
        'toolsets: {skills: {enabled: true}}\nmcp_servers:\n  own: {description: d, config: {url: "http://a"}}\n';
      const removed = 'toolsets: {runbook: null, own: null}\n';

      expect(await withFiles(old, now)).to.deep.equal(['a.yaml:1 CONFIG_KEY_UNKNOWN', 'b.yaml:3 CONFIG_KEY_UNKNOWN']);
      expect(await withFiles(now, removed)).to.deep.equal([]);
    });

    it('reports two ways to log in when each file has one', async () => {
      const key = 'toolsets:\n  grafana/loki: {config: {api_url: "http://a", api_key: "{{ env.KEY }}"}}\n';
      const login = 'toolsets:\n  grafana/loki:\n    config:\n      username: a\n      password: "{{ env.PW }}"\n';

      expect(await withFiles(key, login)).to.deep.equal(['b.yaml:4 OVERRIDE_REJECTED']);
    });
  });
});

/** `file:line CODE` of each finding. */
async function codesOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  return (await findingsOf(files)).map(({ location, code }) => `${location.file}:${location.line} ${code}`);
}

function findingsOf(files: Readonly<Record<string, string>>): Promise<FileDiagnostic[]> {
  const texts = new Map(Object.entries(files));
  return findingsIn((name) => {
    const text = texts.get(name);
    return Promise.resolve(text === undefined ? null : { name, text });
  });
}
