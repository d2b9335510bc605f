import fc from 'fast-check';
import { expect } from 'chai';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { renderYaml } from '../../../plugin/lib/data/yaml-writer.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { reported, runHere } from '../../support/run.ts';

const recorded = join(import.meta.dirname, '../../cases/several-instances/cluster.yaml');

interface List {
  readonly items: readonly object[];
}

describe('plugin/commands/adopt', () => {
  const folder = temporaryFolder();

  /** The recorded cluster with a ConfigMap whose toolsets are these. */
  async function clusterWith(toolsets: Data, more: object = {}): Promise<string> {
    const list = parse(await readFile(recorded, 'utf8')) as List;
    const live = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' },
      data: { 'custom_toolset.yaml': typeof toolsets === 'string' ? toolsets : renderYaml({ toolsets, ...more }) },
    };
    return folder.write('cluster.yaml', stringify({ ...list, items: [...list.items, live] }));
  }

  async function generated(): Promise<DataMap> {
    const { code, stdout, stderr } = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
    expect([code, code === 0 ? '' : stderr]).to.deep.equal([0, '']);
    const { data } = parse(stdout) as { data: Record<string, string> };
    return (parse(Object.values(data).join('')) as { toolsets: DataMap }).toolsets;
  }

  async function adopt(snapshot: string): Promise<{ code: number; stdout: string; stderr: string }> {
    return runHere(['adopt', '--path', folder.path, '--snapshot', snapshot]);
  }

  it('prints only what was edited', async () => {
    const toolsets = await generated();
    const edited = { ...toolsets, 'kubernetes/core': { enabled: false }, own: { description: 'mine', tools: [] } };

    const { code, stdout } = await adopt(await clusterWith(edited));

    expect(code).to.equal(0);
    expect(parse(stdout)).to.deep.equal({
      toolsets: { 'kubernetes/core': { enabled: false }, own: { description: 'mine', tools: [] } },
    });
  });

  it('adopts the other edits when one is a number that Git may not hold', async () => {
    const toolsets = await generated();
    const live = `${renderYaml({ toolsets: { ...toolsets, own: { description: 'mine' } } })}  odd: {config: {a: .inf}}\n`;

    const { code, stdout, stderr } = await adopt(await clusterWith(live));

    expect(code).to.equal(1);
    expect(parse(stdout)).to.deep.equal({ toolsets: { own: { description: 'mine' } } });
    expect(stderr).to.include('EDIT_INEXPRESSIBLE').and.include('/toolsets/odd/config/a');
  });

  it('writes a reference instead of a secret, and names the variable to define', async () => {
    const toolsets = await generated();
    const own = {
      description: 'mine',
      config: {
        api_key: 'glsa_0123456789abcdefABCDEF',
        additional_headers: { Authorization: 'Bearer hunter2hunter2', 'X-Scope-OrgID': 'team-a' },
        list: [
          { name: 'a', password: 'hunter2' },
          { name: 'b', password: 'hunter2' },
          { name: 'c', password: 'other99' },
        ],
        connection_url: 'postgresql://holmes:hunter2@pg.shop.svc/app',
      },
    };

    const { code, stdout, stderr } = await adopt(await clusterWith({ ...toolsets, own }));

    expect(code).to.equal(1);
    expect(stdout + stderr).to.not.match(/hunter2|glsa_|other99/);
    expect((parse(stdout) as { toolsets: DataMap }).toolsets.own).to.deep.equal({
      description: 'mine',
      config: {
        api_key: '{{ env.OWN_API_KEY }}',
        additional_headers: { Authorization: 'Bearer {{ env.OWN_AUTHORIZATION }}', 'X-Scope-OrgID': 'team-a' },
        list: [
          { name: 'a', password: '{{ env.OWN_PASSWORD }}' },
          { name: 'b', password: '{{ env.OWN_PASSWORD }}' },
          { name: 'c', password: '{{ env.OWN_PASSWORD_2 }}' },
        ],
        connection_url: '{{ env.OWN_CONNECTION_URL }}',
      },
    });
    expect(stderr.match(/SECRET_REPLACED/g)).to.have.length(6);
    expect(stderr).to.include(
      '/toolsets/own/config/api_key of the live ConfigMap looks like a secret, and is not written into Git: give HolmesGPT 0.45 the variable OWN_API_KEY with it',
    );
  });

  it('reads merge keys, anchors, y and numbers as HolmesGPT does, and names the keys that it leaves out', async () => {
    const live = [
      'x-shared: &shared {enabled: true, config: &config {api_url: "http://loki.example", timeout_seconds: 1e3}}',
      'custom_runbooks: [a]',
      'toolsets:',
      '  own: {<<: *shared, description: y, tools: [{name: a, command: 1_000}]}',
      '  two: {description: "2", config: {<<: [*config, {max_retries: 012}], api_url: "http://other.example"}}',
      '',
    ].join('\n');

    const { code, stdout, stderr } = await adopt(await clusterWith(live));

    expect(code).to.equal(1);
    const { toolsets } = parse(stdout) as { toolsets: DataMap };
    expect([toolsets.own, toolsets.two]).to.deep.equal([
      {
        enabled: true,
        config: { api_url: 'http://loki.example', timeout_seconds: '1e3' },
        description: 'y',
        tools: [{ name: 'a', command: 1000 }],
      },
      { description: '2', config: { api_url: 'http://other.example', timeout_seconds: '1e3', max_retries: 10 } },
    ]);
    expect(stderr).to.include('x-shared\\" of the live file is neither of toolsets and mcp_servers: left out');
    expect(stderr).to.include('custom_runbooks\\" of the live file');
  });

  it('removes discovered toolsets that the live file lacks, unless --keep-discovered is given', async () => {
    const snapshot = await clusterWith({ own: { description: 'mine', tools: [] } });
    const kept = await runHere(['adopt', '--keep-discovered', '--path', folder.path, '--snapshot', snapshot]);
    const plain = await adopt(snapshot);

    expect(parse(kept.stdout)).to.deep.equal({ toolsets: { own: { description: 'mine', tools: [] } } });
    expect(parse(plain.stdout)).to.containSubset({ toolsets: { 'kubernetes/core': null } });
  });

  it('preserves the comments and the order of overrides.yaml', async () => {
    const overrides = [
      '# ours',
      'toolsets:',
      '  # slow',
      '  prometheus/metrics:',
      '    config:',
      '      query_timeout_seconds_default: 30 # seconds',
      '  kubernetes/core:',
      '    enabled: true # for now',
      '',
    ].join('\n');
    await folder.write('overrides.yaml', overrides);
    const edited = { ...(await generated()), 'kubernetes/core': { enabled: false } };

    const { stdout } = await adopt(await clusterWith(edited));

    expect(stdout).to.equal(overrides.replace('enabled: true # for now', 'enabled: false # for now'));
  });

  for (const [title, textOf] of [
    ['carriage returns as its line ends', (text: string): string => text.replaceAll('\n', '\r')],
    ['a %YAML directive', (text: string): string => `%YAML 1.1\n---\n${text}`],
    ['an end mark and a comment after it', (text: string): string => `${text}...\n# end\n`],
  ] as const) {
    it(`reads a live file with ${title} as HolmesGPT does, with its comments`, async () => {
      const live = '# head\n\ntoolsets:\n  own:\n    description: mine # why\n    tools: []\n';

      const { code, stdout } = await adopt(await clusterWith(textOf(live)));

      expect(code).to.equal(0);
      expect(parse(stdout)).to.have.nested.property('toolsets.own.description', 'mine');
      expect(stdout).to.include('# head').and.include('# why').and.not.include('\r');
    });
  }

  it('keeps the comments of a handwritten live file, except those with a secret', async () => {
    const live = [
      '# Owned by the platform team\n\ntoolsets:\n',
      '  # no account here\n  robusta:\n    enabled: false\n',
      '  # old: password: x\n  # password: hunter2\n',
      '  prometheus/metrics:\n    enabled: false  # we move\n',
      '  own:\n    description: d\n    tools:\n      # the first\n      - name: a\n        description: d\n        command: echo  # harmless\n',
      '#    - name: b\n',
    ].join('');

    const { stdout } = await adopt(await clusterWith(live));

    expect(stdout).to.match(/^# Owned by the platform team\n\ntoolsets:\n/);
    expect(stdout).to.match(/\n {2}# no account here\n {2}robusta:\n/);
    expect(stdout).to.match(/\n {2}prometheus\/metrics:\n(?: {4}config: null\n)? {4}enabled: false # we move\n/);
    expect(stdout).to.match(/\n {6}# the first\n {6}- command: "echo" # harmless\n/);
    expect(stdout).to.include('name: b').and.not.include('hunter2');
    expect(parse(stdout)).to.have.nested.property('toolsets.robusta.enabled', false);
  });

  it('writes overrides.yaml with --write', async () => {
    const edited = { ...(await generated()), 'kubernetes/core': { enabled: false } };
    const snapshot = await clusterWith(edited);

    const { stdout } = await runHere(['adopt', '--write', '--path', folder.path, '--snapshot', snapshot]);

    expect(stdout).to.equal('overrides.yaml written; see git diff\n');
    expect(await generated()).to.deep.equal(edited);
  });

  it('fails with OUTPUT_UNWRITABLE when the file cannot be written, and leaves it unchanged', async () => {
    const snapshot = await clusterWith({ ...(await generated()), 'kubernetes/core': { enabled: false } });
    const file = await folder.write('overrides.yaml', '# mine\n');
    await mkdir(`${file}.new`);

    const { code, stdout, stderr } = await runHere(['adopt', '--write', '--path', folder.path, '--snapshot', snapshot]);

    expect([code, stdout]).to.deep.equal([5, '']);
    const { code: reason, message, hint } = JSON.parse(stderr) as Record<string, string>;
    expect([reason, message]).to.deep.equal([
      'OUTPUT_UNWRITABLE',
      'overrides.yaml cannot be written: illegal operation on a directory',
    ]);
    expect(hint).to.include('what adopt prints without --write');
    expect(await readFile(file, 'utf8')).to.equal('# mine\n');
  });

  it('reports a null, which an override cannot express', async () => {
    const edited = { ...(await generated()), own: { description: 'mine', meta: { a: null } } };

    const { code, stderr } = await adopt(await clusterWith(edited));

    expect(code).to.equal(1);
    expect(stderr)
      .to.include('EDIT_INEXPRESSIBLE')
      .and.include('/toolsets/own/meta/a')
      .and.include('null in an override removes');
  });

  it('reports an edit that a patch in Git changes again', async () => {
    const patch = [{ op: 'add', path: '/config/query_timeout_seconds_default', value: 30 }];
    await folder.write('patches.yaml', JSON.stringify([{ target: 'prometheus/metrics', patch }]));
    const toolsets = await generated();
    const { config } = toolsets['prometheus/metrics'] as { config: DataMap };
    const changed = { enabled: true, config: { ...config, query_timeout_seconds_default: 99 } };

    const { code, stderr } = await adopt(await clusterWith({ ...toolsets, 'prometheus/metrics': changed }));

    expect(code).to.equal(1);
    expect(stderr).to.include('patches.yaml comes after the overrides');
  });

  const where = 'the ConfigMap holmesgpt/custom-toolsets-configmap';
  const file = `"custom_toolset.yaml" of ${where}`;
  const notLoaded = `${file} holds no toolset, and HolmesGPT 0.45 does not load it`;
  for (const [title, live, message, hint] of [
    [
      'is not YAML',
      'toolsets: [',
      /^custom_toolset\.yaml of the ConfigMap \S+:1:12 is not valid YAML/,
      /^fix the YAML at/,
    ],
    [
      'is indented with a tab',
      'toolsets:\n  a:\n\tenabled: true\n',
      /:3:1 is indented with a tab$/,
      'indent with spaces',
    ],
    ['has two documents', 'toolsets: {a: {}}\n---\nmcp_servers: {}\n', /:2:1 starts a second document/, /^keep one/],
    ['is a list', '- a\n', `${file} is not a map`, 'write toolsets or mcp_servers at the top level'],
    [
      'has a list of toolsets, as old releases did',
      'toolsets:\n  - name: a\n',
      `toolsets in ${file} is a list, which HolmesGPT 0.45 does not load`,
      'write a map of names: toolsets: {NAME: {enabled: …, config: {…}}}',
    ],
    [
      'has a line end that only YAML 1.1 knows',
      'toolsets:\n  a: {} # why\u2028  b: {}\n',
      `${file} has the character U+2028, which ends a line in YAML 1.1`,
      'replace it with a line feed or a space, or write it as an escape in double quotes',
    ],
    ['is empty', 'toolsets: {}\n', notLoaded, 'write at least one entry below toolsets or mcp_servers'],
    [
      'holds Helm values',
      'holmes: {toolsets: {a: {}}}\n',
      notLoaded,
      'it looks like Helm values: move what is below holmes to the top level',
    ],
    [
      'holds a whole manifest',
      'kind: ConfigMap\ndata: {a: "toolsets: {}"}\n',
      notLoaded,
      'it looks like a whole manifest: keep only the text below its data',
    ],
  ] as const) {
    it(`rejects a live file that ${title}, with the reason and the remedy`, async () => {
      const outcome = await adopt(await clusterWith(live));

      const said = reported(outcome);
      expect([outcome.code, outcome.stdout, said.code]).to.deep.equal([2, '', 'LIVE_UNREADABLE']);
      for (const [text, expected] of [
        [said.message, message],
        [said.hint, hint],
      ] as const)
        if (typeof expected === 'string') expect(text).to.equal(expected);
        else expect(text).to.match(expected);
    });
  }

  it('names the keys of a ConfigMap that lacks the one of the settings', async () => {
    await folder.write(
      'toolset.yaml',
      `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {configMap: {key: toolsets.yaml}}}\n`,
    );

    const { message, hint } = reported(await adopt(await clusterWith({ a: {} })));

    expect([message, hint]).to.deep.equal([
      `${where} has no key "toolsets.yaml"; it has "custom_toolset.yaml"`,
      'set spec.target.configMap.key to the one with the toolsets',
    ]);
  });

  it('asks for what follows the scheme of a header, which stays in Git', async () => {
    const toolsets = await generated();
    const own = { description: 'mine', config: { headers: { Authorization: 'Basic aG9sbWVzOmh1bnRlcjI=' } } };

    const { stdout, stderr } = await adopt(await clusterWith({ ...toolsets, own }));

    expect(stdout).to.include('"Basic {{ env.OWN_AUTHORIZATION }}"');
    expect(stderr).to.include('give HolmesGPT 0.45 the variable OWN_AUTHORIZATION with what follows \\"Basic\\"');
  });

  describe('for another consumer', () => {
    /** What is told to be left out of a live ConfigMap with these changes of what is generated. */
    async function leftOut(target: object, change: (data: Record<string, string>) => object): Promise<string[]> {
      const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
      await folder.write('overrides.yaml', '');
      await folder.write('toolset.yaml', JSON.stringify({ ...header, spec: { target } }));
      const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', recorded]);
      const manifest = parse(stdout) as { data: Record<string, string> };
      const list = parse(await readFile(recorded, 'utf8')) as List;
      const live = { ...manifest, data: { ...manifest.data, ...change(manifest.data) } };
      const { stderr } = await adopt(
        await folder.write('cluster.yaml', stringify({ ...list, items: [...list.items, live] })),
      );
      return stderr
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { readonly message: string }).message)
        .filter((message) => message.endsWith('left out'));
    }

    it('names keys of the ConfigMap and of its file that Kubernaut does not read', async () => {
      const more = { 'notes.txt': 'mine', 'shop-toolset.yaml': 'toolset: shop\nenabled: true\n' };
      const llm = { provider: 'a', model: 'b' };

      expect(await leftOut({ format: 'kubernaut' }, () => more)).to.deep.equal([
        '"notes.txt" of the live ConfigMap is not the toolset file: left out',
      ]);
      expect(await leftOut({ format: 'kubernaut-helm' }, (data) => appended(data, 'other: 1'))).to.deep.equal([
        'the key "other" of the live file holds no toolsets: left out',
      ]);
      expect(await leftOut({ format: 'kubernaut-sdk', llm }, () => ({}))).to.deep.equal([]);
      expect(await leftOut({ format: 'kubernaut-sdk', llm }, (data) => replaced(data, '"b"', '"c"'))).to.deep.equal([
        'the key "llm" of the live file comes from the settings: left out',
      ]);
    });

    it('counts tools without a name or with a duplicate one', async () => {
      const tools = [{ type: 'a' }, 5, { name: 'x', type: 'a' }, { name: 'x', type: 'b' }];

      const left = await leftOut({ format: 'kubernaut-json' }, (data) =>
        Object.fromEntries(
          Object.entries(data).map(([key, text]) => {
            const file = JSON.parse(text) as { readonly tools: readonly object[] };
            return [key, JSON.stringify({ tools: [...file.tools, ...tools] })];
          }),
        ),
      );

      expect(left).to.have.length(1);
      expect(left[0]).to.match(/^3 of \d+ items of "tools" of the live file have no name, or that of a later one/);
    });
  });

  it('fails when the ConfigMap is not in the cluster', async () => {
    const { code, stderr } = await adopt(recorded);

    expect(code).to.equal(2);
    expect(stderr).to.include('the ConfigMap holmesgpt/custom-toolsets-configmap is not in the cluster');
  });

  const leaf = fc.oneof(
    fc.string({ maxLength: 8 }).filter((one) => !one.includes('\uFEFF')),
    fc.integer(),
    fc.boolean(),
  );
  const key = fc.constantFrom('enabled', 'description', 'config', 'prometheus_url', 'instances', 'a', 'b');
  const { value } = fc.letrec<{ value: Data }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(leaf, { maxLength: 2 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  const edit = fc.record({
    toolset: fc.constantFrom('prometheus/metrics', 'grafana/dashboards', 'kubernetes/core', 'own', 'other'),
    change: fc.oneof(
      fc.record({ kind: fc.constant('remove' as const) }),
      fc.record({ kind: fc.constant('set' as const), path: fc.array(key, { maxLength: 3 }), value }),
    ),
  });

  it('prints overrides with which generate reproduces the edited toolsets, whatever was edited', async () => {
    const before = ['', 'toolsets:\n  # kept\n  own: {description: x}\n  kubernetes/core: {enabled: false}\n'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...before),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        async (overrides, edits) => {
          await folder.write('overrides.yaml', overrides);
          const edited = edits.reduce(applyEdit, await generated());
          if (Object.keys(edited).length === 0) return;

          const { code, stdout, stderr } = await adopt(await clusterWith(edited));
          expect([code, stderr.includes('EDIT_INEXPRESSIBLE')]).to.deep.equal([0, false]);
          await folder.write('overrides.yaml', stdout);

          expect(await generated()).to.deep.equal(edited);
          if (overrides.includes('# kept') && stdout.includes('own:')) expect(stdout).to.include('# kept');
        },
      ),
      { numRuns: 50 },
    );
  }).timeout(120_000);
});

interface Edit {
  readonly toolset: string;
  readonly change:
    { readonly kind: 'remove' } | { readonly kind: 'set'; readonly path: string[]; readonly value: Data };
}

function applyEdit(toolsets: DataMap, { toolset, change }: Edit): DataMap {
  const { [toolset]: entry = {}, ...rest } = toolsets;
  if (change.kind === 'remove') return rest;
  const after = put(entry, change.path, change.value);
  return { ...rest, [toolset]: typeof after === 'object' && !Array.isArray(after) ? after : { enabled: false } };
}

function put(data: Data, [key, ...rest]: readonly string[], value: Data): Data {
  if (key === undefined) return value;
  const map = typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as DataMap) : {};
  return { ...map, [key]: put(map[key] ?? {}, rest, value) };
}

function appended(data: Readonly<Record<string, string>>, line: string): object {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, `${text}${line}\n`]));
}

function replaced(data: Readonly<Record<string, string>>, text: string, by: string): object {
  return Object.fromEntries(Object.entries(data).map(([key, one]) => [key, one.replace(text, by)]));
}
