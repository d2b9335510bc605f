import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Difference } from '../../../../plugin/commands/diff/diff-types.ts';
import { holmesgpt } from '../../../../plugin/consumers/holmesgpt/index.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { reported, runHere } from '../../../support/run.ts';

const recorded = join(import.meta.dirname, '../../../cases/one-prometheus/cluster.yaml');
const url = 'http://prometheus-server.monitoring.svc.cluster.local:80';

describe('plugin/commands/diff/diff', () => {
  const folder = temporaryFolder();

  /** The recorded cluster with a ConfigMap that says this. */
  async function clusterWith(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const list = parse(await readFile(recorded, 'utf8')) as { readonly items: readonly object[] };
    const metadata = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'custom_toolset.yaml': text, ...more } };
    return folder.write('cluster.yaml', stringify({ ...list, items: [...list.items, live] }));
  }

  const diff = (...args: string[]): ReturnType<typeof runHere> => runHere(['diff', '--path', folder.path, ...args]);

  async function words(live: string): Promise<readonly string[]> {
    const { stdout } = await diff('-o', 'json', '--snapshot', await clusterWith(live));
    const { toolsets } = JSON.parse(stdout) as Difference;
    return toolsets.flatMap(({ name, words: said }) => said.map((one) => `${name}: ${one}`));
  }

  /** Of an enabled entry with one backend. */
  function tokensOf(name: string): number {
    return holmesgpt('0.45').costOf!('toolsets', name, { enabled: true })!.tokens;
  }

  const core = '  kubernetes/core: {enabled: true}\n';
  const prometheus = `  prometheus/metrics: {enabled: true, config: {prometheus_url: "${url}"}}\n`;

  it('reports no difference and exits with 0 when nothing would change', async () => {
    const generated = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
    const { data } = parse(generated.stdout) as { data: Record<string, string> };

    const { code, stdout } = await diff('--snapshot', await clusterWith(data['custom_toolset.yaml']!));

    expect([code, stdout]).to.deep.equal([0, 'holmesgpt/custom-toolsets-configmap: the same as the live one\n']);
  });

  for (const [format, overrides] of [
    ['kubernaut', 'shop: {enabled: true}\n'],
    ['kubernaut', 'shop: {toolset: store, enabled: true}\nprometheus: {toolset: null}\n'],
    ['kubernaut-json', 'shop: {name: store, type: a, endpoint: http://a, description: a}\n'],
    ['kubernaut-json', 'shop: {namespace: store, type: a, endpoint: http://a, description: a, enabled: true}\n'],
    ['kubernaut-json', 'monitoring/prometheus-server: {enabled: false}\n'],
    ['kubernaut-helm', 'prometheus: {enabled: false}\n'],
    ['grafana-datasources', 'shop: {uid: store, type: prometheus, url: http://x}\n'],
  ] as const) {
    it(`reports no change when the live ConfigMap is as ${format} prints it: ${overrides.trim()}`, async () => {
      const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
      await folder.write('toolset.yaml', `${head}spec: {target: {format: ${format}}}\n`);
      await folder.write('overrides.yaml', overrides);
      const { stdout: printed } = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
      const list = parse(await readFile(recorded, 'utf8')) as { readonly items: readonly object[] };
      const live = { ...list, items: [...list.items, parse(printed) as object] };

      const { stdout } = await diff('-o', 'json', '--snapshot', await folder.write('c.yaml', stringify(live)));

      expect((JSON.parse(stdout) as Difference).toolsets).to.deep.equal([]);
    });
  }

  it('names the line of Git that disables an entry, which is then not printed', async () => {
    const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
    await folder.write('toolset.yaml', `${head}spec: {target: {format: grafana-datasources}}\n`);
    const { stdout: printed } = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
    const list = parse(await readFile(recorded, 'utf8')) as { readonly items: readonly object[] };
    const live = { ...list, items: [...list.items, parse(printed) as object] };
    await folder.write('overrides.yaml', 'monitoring_prometheus-server: {enabled: false}\n');

    const { stdout } = await diff('-o', 'json', '--snapshot', await folder.write('c.yaml', stringify(live)));

    expect((JSON.parse(stdout) as Difference).toolsets).to.deep.equal([
      {
        name: 'monitoring_prometheus-server',
        change: 'removed',
        words: ['removed: disabled, by overrides.yaml:1:32'],
        tokens: null,
      },
    ]);
  });

  it('names the Service that a new toolset comes from', async () => {
    expect(await words(`toolsets:\n${core}`)).to.deep.equal([
      'prometheus/metrics: new, from Service monitoring/prometheus-server',
    ]);
  });

  it('names the setting that disables a toolset enabled by default', async () => {
    const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
    await folder.write('toolset.yaml', `${head}spec: {target: {defaultToolsetsExcept: [bash, kubernetes/core]}}\n`);

    expect(await words(`toolsets:\n${core}${prometheus}`)).to.deep.equal([
      'bash: new, disabled by spec.target.defaultToolsets',
      'kubernetes/core: disabled',
    ]);
  });

  it('explains that a removed toolset has no matching Service and is not defined in Git', async () => {
    expect(await words(`toolsets:\n${core}${prometheus}  grafana/tempo: {enabled: true}\n`)).to.deep.equal([
      'grafana/tempo: removed: no matching Service and not defined in Git',
    ]);
  });

  it('shows the old and the new value, and the line of Git that changes it', async () => {
    await folder.write(
      'overrides.yaml',
      'toolsets:\n  prometheus/metrics:\n    config:\n      prometheus_url: http://b\n',
    );

    expect(await words(`toolsets:\n${core}${prometheus}`)).to.deep.equal([
      `prometheus/metrics: prometheus_url changed ${url} -> http://b, by overrides.yaml:4:7`,
    ]);
  });

  it('names the whole configuration when all of it is removed', async () => {
    await folder.write(
      'overrides.yaml',
      'toolsets:\n  own: {enabled: true, description: a, tools: [{name: x, config: {config: 2}}]}\n',
    );

    expect(
      await words(
        `toolsets:\n${core}${prometheus}  own: {enabled: true, description: a, config: {a: 1}, tools: [{name: x, config: {config: 1}}]}\n`,
      ),
    ).to.deep.equal([
      'own: config removed: {"a":1}, by overrides.yaml:2:8',
      'own: tools.0.config.config changed 1 -> 2, by overrides.yaml:2:67',
    ]);
  });

  it('shows the part of long values that differs', async () => {
    const long = 'a'.repeat(200);
    await folder.write(
      'overrides.yaml',
      `toolsets:\n  own: {enabled: true, description: ${long}-new-${long}, tools: []}\n`,
    );

    expect(
      await words(
        `toolsets:\n${core}${prometheus}  own: {enabled: true, description: ${long}-old-${long}, tools: []}\n`,
      ),
    ).to.deep.equal([
      `own: description changed …${'a'.repeat(39)}-old-${'a'.repeat(76)}… -> …${'a'.repeat(39)}-new-${'a'.repeat(76)}…, by overrides.yaml:2:24`,
    ]);
  });

  it('names the part of a list that differs, whatever the order of keys', async () => {
    const own = (instances: string): string =>
      `toolsets:\n  own: {enabled: true, description: d, config: {instances: [${instances}]}}\n`;
    await folder.write('overrides.yaml', own('{name: a, url: "http://a", pass: "{{ env.A }}"}, {name: b}'));

    expect(await words(`${own('{url: "http://a", pass: x, name: a}, {name: b}')}${core}${prometheus}`)).to.deep.equal([
      'own: instances.0.pass changed x -> {{ env.A }}, by overrides.yaml:2:88',
    ]);
  });

  it('says so when only comments, order and notation differ, and names keys that are not generated', async () => {
    const live = `# by hand\ntoolsets:\n${prometheus}${core}`;

    const { code, stdout } = await diff('--snapshot', await clusterWith(live));
    const markdown = await diff(
      '-o',
      'markdown',
      '--snapshot',
      await clusterWith(live, { 'model_list.yaml': 'a: {}\n' }),
    );

    const same = 'no toolset changes: only comments, order, notation or keys beside the toolsets differ';
    expect(code).to.equal(1);
    expect(stdout).to.match(new RegExp(`, compared with the live one\\n\\n${same}\\n\\nTokens`));
    expect(markdown.stdout)
      .to.include(`\n- ${same}\n`)
      .and.include('\n- model\\_list.yaml is not generated: only the live one has it\n');
  });

  it('reads merge keys and repeated keys in the live file as HolmesGPT does', async () => {
    await folder.write('overrides.yaml', 'toolsets: {own: {enabled: true, description: d, config: {a: 1, b: 3}}}\n');
    const live = [
      'base: &base {a: 1, b: 2}\ntoolsets:\n',
      `${core}${prometheus}  own: {enabled: false, description: d}\n`,
      '  own:\n    enabled: true\n    description: d\n    config: {<<: *base, token: hunter2}\n',
    ].join('');

    const { stdout } = await diff('--snapshot', await clusterWith(live));

    expect(await words(live)).to.deep.equal([
      'own: b changed 2 -> 3, by overrides.yaml:1:64',
      'own: token removed: ***, by overrides.yaml:1:57',
    ]);
    expect(stdout).to.include('<<: *base').and.not.include('hunter2');
  });

  it('names the line of Git that disables or removes a toolset', async () => {
    await folder.write(
      'overrides.yaml',
      'toolsets:\n  prometheus/metrics: null\n  kubernetes/core:\n    enabled: false\n',
    );

    expect(await words(`toolsets:\n${core}${prometheus}`)).to.deep.equal([
      'kubernetes/core: disabled, by overrides.yaml:4:5',
      'prometheus/metrics: removed, by overrides.yaml:2:3',
    ]);
  });

  it('prints the changed lines after the summary, and exits with 1', async () => {
    const { code, stdout } = await diff('--snapshot', await clusterWith(`toolsets:\n${core}`));

    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^holmesgpt\/custom-toolsets-configmap, compared with the live one\n\nprometheus\/metrics: new/,
    );
    expect(stdout)
      .to.include('\n+++ generated/custom_toolset.yaml\n')
      .and.include(`\n+      prometheus_url: "${url}"\n`);
  });

  it('reports how many tokens a change adds to or removes from each prompt, and the total', async () => {
    const tempo = tokensOf('grafana/tempo');
    const metrics = tokensOf('prometheus/metrics');
    const live = await clusterWith(
      `toolsets:\n${core}  grafana/tempo: {enabled: true, config: {api_url: "http://a"}}\n`,
    );

    const { stdout } = await diff('--snapshot', live);
    const markdown = await diff('--snapshot', live, '-o', 'markdown');
    const { tokens, toolsets } = JSON.parse((await diff('--snapshot', live, '-o', 'json')).stdout) as Difference;

    expect(stdout).to.include(`\ngrafana/tempo: takes about ${String(tempo)} tokens from each prompt\n`);
    expect(stdout).to.include(`\nprometheus/metrics: adds about ${String(metrics)} tokens to each prompt\n`);
    expect(tokens!.after - tokens!.before).to.equal(metrics - tempo);
    expect(toolsets.map((one) => [one.name, one.tokens])).to.deep.equal([
      ['grafana/tempo', -tempo],
      ['prometheus/metrics', metrics],
    ]);
    const total = `Tokens of each prompt: about ${String(tokens!.before)} -> ${String(tokens!.after)} (${String(metrics - tempo)})`;
    expect(stdout).to.include(`\n${total}\n`);
    expect(markdown.stdout).to.include(`\n${total}\n`);
  });

  it('explains that the budget leaves a toolset out', async () => {
    const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
    await folder.write('toolset.yaml', `${head}spec: {target: {maxToolTokens: 1, budget: enforce}}\n`);

    expect(await words(`toolsets:\n${core}${prometheus}`)).to.deep.equal([
      `prometheus/metrics: left out: no room for its ${String(tokensOf('prometheus/metrics'))} tokens in target.maxToolTokens 1`,
    ]);
  });

  it('compares with nothing when there is no ConfigMap', async () => {
    const { code, stdout } = await diff('--snapshot', recorded);

    expect(code).to.equal(1);
    expect(stdout).to.include('compared with nothing: it is not in the cluster').and.include('prometheus/metrics: new');
  });

  it('compares with the output for the files of another folder, for a pull request', async () => {
    await folder.write('overrides.yaml', 'toolsets: {kubernetes/core: {enabled: false}}\n');
    const base = join(import.meta.dirname, '../../../cases/one-prometheus');

    const { stdout } = await diff('-o', 'json', '--snapshot', recorded, '--against', base);

    expect((JSON.parse(stdout) as Difference).toolsets).to.deep.equal([
      {
        name: 'kubernetes/core',
        change: 'changed',
        words: ['disabled, by overrides.yaml:1:30'],
        tokens: -tokensOf('kubernetes/core'),
      },
    ]);
  });

  it('prints Markdown in which text of the cluster cannot be a link, a mention or the end of a block', async () => {
    await folder.write('overrides.yaml', 'toolsets:\n  own: {description: "```\\n[x](http://y) @all"}\n');

    const { stdout } = await diff(
      '-o',
      'markdown',
      '--snapshot',
      await clusterWith(`toolsets:\n${core}  own: {description: "@all [a](b)"}\n`),
    );

    expect(stdout).to.match(
      /^\*\*`holmesgpt\/custom-toolsets-configmap`\*\*, compared with the live one\n\n- \*\*`own`\*\*: /,
    );
    expect(stdout).to.include('\\[a\\](b)').and.include('\n````diff\n');
    expect(stdout.slice(0, stdout.indexOf('<details>'))).to.not.include('@all');
  });

  it('lists warnings of the generation in Markdown with place and remedy, even when nothing changes', async () => {
    await folder.write(
      'overrides.yaml',
      'toolsets:\n  own: {config: {a: "@all"}}\n  prometheus/metrics: {enabled: true}\n',
    );
    const base = await diff('-o', 'markdown', '--snapshot', recorded, '--against', folder.path);

    expect(base.stdout)
      .to.include(': no change to what ')
      .and.match(/\nOf the generation:\n\n- `overrides\.yaml:\d+:\d+` \*\*warning\*\* OVERRIDE_[A-Z]+: .*; .*\n/);
    expect((await diff('--snapshot', recorded, '--against', folder.path)).stdout).to.not.include('Of the generation');
  });

  it('shows no lines of an unreadable live file, which may contain a secret', async () => {
    const { code, stdout } = await diff('--snapshot', await clusterWith('toolsets: ['));

    expect(code).to.equal(1);
    expect(stdout)
      .to.include("compared with the live one, which is not in the consumer's form")
      .and.include('\n-# not shown: it is not valid YAML')
      .and.to.not.include('toolsets: [');
  });

  describe('with --target-version', () => {
    const settings = (version: string): string =>
      `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "${version}"}}\n`;
    const examples = join(import.meta.dirname, '../../../../manifests/examples/cluster.yaml');

    async function previewed(version: string, ...args: string[]): Promise<Difference> {
      const { stdout } = await diff('-o', 'json', '--target-version', version, '--snapshot', examples, ...args);
      return JSON.parse(stdout) as Difference;
    }

    it('reports no difference for the current release, whatever is live', async () => {
      await folder.write('toolset.yaml', settings('0.45'));

      const { code, stdout } = await diff('--target-version', '0.45', '--snapshot', await clusterWith('toolsets: {}'));

      expect([code, stdout]).to.deep.equal([
        0,
        'holmesgpt/custom-toolsets-configmap for HolmesGPT 0.45: the same as what is generated for HolmesGPT 0.45\n',
      ]);
    });

    it('compares the output for two releases, and shows renamed keys as such', async () => {
      await folder.write('toolset.yaml', settings('0.16'));

      const { toolsets, release, with: other } = await previewed('0.45');

      expect([release, other]).to.deep.equal(['HolmesGPT 0.45', 'what is generated for HolmesGPT 0.16']);
      expect(toolsets.map(({ name, words: said }) => [name, said])).to.deep.equal([
        ['alertmanager', ['new, from Service monitoring/kube-prometheus-stack-alertmanager']],
        ['grafana/dashboards', ['url renamed to api_url', 'enabled']],
        ['grafana/loki', ['url renamed to api_url']],
        ['grafana/tempo', ['url renamed to api_url']],
      ]);
    });

    it('reports toolsets that an older release lacks, and the lines of Git that break', async () => {
      await folder.write('toolset.yaml', settings('0.45'));
      await folder.write('overrides.yaml', 'toolsets: {grafana/loki: {config: {timeout_seconds: 5}}}\n');

      const { toolsets, preview = [] } = await previewed('0.16');

      expect(toolsets[0]).to.deep.include({
        name: 'alertmanager',
        change: 'removed',
        words: ['removed: HolmesGPT 0.16 has no such toolset'],
      });
      expect(preview[0]).to.deep.include({
        change: 'breaks',
        code: 'CONFIG_KEY_UNKNOWN',
        place: { file: 'overrides.yaml', line: 1, column: 36 },
      });
    });

    it('reports an override that the other release ignores because its key was renamed', async () => {
      await folder.write('toolset.yaml', settings('0.16'));
      await folder.write('overrides.yaml', 'toolsets: {grafana/loki: {config: {url: "http://mine"}}}\n');

      const { preview = [] } = await previewed('0.45');
      const { stdout } = await diff('-o', 'markdown', '--target-version', '0.45', '--snapshot', examples);

      expect(preview.filter(({ code }) => code === 'CONFIG_KEY_UNKNOWN').map(({ message }) => message)).to.deep.equal([
        'HolmesGPT 0.45 ignores it: api_url beside it is its new name',
      ]);
      expect(stdout).to.include('\n- `overrides.yaml:1:36` **breaks**: HolmesGPT 0.45 ignores it: api\\_url beside');
    });

    it('names the release that does not enable a toolset printed only as disabled', async () => {
      await folder.write('toolset.yaml', settings('0.45').replace('version', 'defaultToolsets: "off", version'));

      const { toolsets } = await previewed('0.18');

      expect(toolsets.find(({ name }) => name === 'bash')!.words).to.deep.equal([
        'removed: HolmesGPT 0.18 does not enable it by itself',
      ]);
    });

    it('names the release in an error that only it has', async () => {
      await folder.write('toolset.yaml', settings('0.16'));
      await folder.write(
        'patches.yaml',
        '[{target: grafana/loki, patch: [{op: replace, path: /config/url, value: "http://a"}]}]\n',
      );

      const outcome = await diff('--target-version', '0.45', '--snapshot', examples);

      expect(outcome.code).to.equal(2);
      expect(reported(outcome).code).to.equal('PATCH_FAILED');
      expect(reported(outcome).message).to.match(/^with --target-version 0\.45: patches\.yaml:1:/);
    });

    it('rejects --against beside it, and an unknown release', async () => {
      const both = await diff('--target-version', '0.45', '--against', '.', '--snapshot', examples);
      const unknown = await diff('--target-version', '0.99', '--snapshot', examples);

      expect([both.code, unknown.code]).to.deep.equal([2, 2]);
      expect(reported(both).message).to.include('--against cannot be combined with --target-version');
      expect(reported(unknown).message).to.include("HolmesGPT's releases 0.16 to");
    });
  });

  describe('secrets that someone wrote into the live file', () => {
    const secrets = [
      'glpat-Xk29dLq7VbTz31PwRmNa',
      'hunt"er\\2zq81',
      'MIIEowIBAAKCAQEAx7Kd93',
      'q8Zt1vLw77pXsd',
    ] as const;
    const live = [
      'toolsets:',
      `${core}  grafana/dashboards:`,
      `    enabled: true\n    config: {api_key: ${secrets[0]}, grafana_url: "http://g"}`,
      `  own:\n    description: x\n    enabled: true\n    config:\n      password: ${JSON.stringify(secrets[1])}`,
      `      private_key: |\n        -----BEGIN RSA PRIVATE KEY-----\n        ${secrets[2]}\n        -----END RSA PRIVATE KEY-----`,
      `      headers: {Authorization: 'Bearer ${secrets[3]}'}\n`,
    ].join('\n');

    for (const format of ['text', 'json', 'markdown']) {
      it(`does not print them as ${format}`, async () => {
        await folder.write('overrides.yaml', 'toolsets: {grafana/dashboards: {config: {api_key: "{{ env.G }}"}}}\n');

        const { code, stdout, stderr } = await diff('-o', format, '--snapshot', await clusterWith(live));

        expect(code).to.equal(1);
        for (const secret of secrets) expect(stdout + stderr).to.not.include(JSON.stringify(secret).slice(1, -1));
        expect(stdout).to.match(/^-.*api_key: '\*\*\*'|-.*api_key: '\*\*\*'/m);
        expect(stdout).to.include('{{ env.G }}').and.to.include('grafana_url');
      });
    }

    it('prints no difference when Git has the same one', async () => {
      await folder.write('overrides.yaml', `toolsets: {own: {description: x, config: {password: ${secrets[0]}}}}\n`);
      const generated = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
      const { data } = parse(generated.stdout) as { data: Record<string, string> };

      const { code } = await diff('--snapshot', await clusterWith(data['custom_toolset.yaml']!));

      expect(code).to.equal(0);
    });
  });
});
