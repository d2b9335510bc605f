import { expect } from 'chai';
import fc from 'fast-check';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import type { Settings } from '../../../plugin/settings/settings.ts';
import { defaultSpec } from '../../../plugin/settings/default-spec.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { readFrom } from '../../../plugin/validate/load-customizations.ts';
import { holmesgpt045 } from '../../support/git.ts';
import { parseOverrides } from '../../../plugin/customizations/overrides/overrides.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** Two lines, so that what a case says begins on line 3. */
const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const known =
  'known are cluster, clusters, target, targets, discovery, health, detectors, customDetectors, stores, credentials, trust, overrides';
const duration = 'invalid duration: expected one with a unit such as 90s, 10m or 1h30m';

describe('plugin/settings/settings', () => {
  describe('defaults', () => {
    const { spec } = parseSettings(null);
    const cases = [
      { title: 'an empty file', text: '' },
      { title: 'a file without spec', text: head },
      { title: 'an empty spec', text: `${head}spec: {}\n` },
      {
        title: 'empty sections',
        text: `${head}spec: {target: {configMap: {}}, discovery: {namespaces: {}}, health: {}}\n`,
      },
    ];
    for (const { title, text } of cases) {
      it(`apply to ${title}`, () => {
        expect(parse(text).spec).to.deep.equal(spec);
      });
    }

    it('name the ConfigMap that HolmesGPT mounts, and search all namespaces', () => {
      expect(spec.target).to.deep.equal({
        format: 'holmesgpt',
        version: '0.45',
        llm: {},
        plugins: [],
        grafanaOperator: { instances: { dashboards: 'grafana' }, secret: 'grafana-datasource-credentials' },
        certificates: 'public',
        defaultToolsets: 'keep',
        defaultToolsetsExcept: [],
        budget: 'warn',
        configMap: {
          name: 'custom-toolsets-configmap',
          namespace: 'holmesgpt',
          key: 'custom_toolset.yaml',
          labels: {},
          annotations: {},
        },
      });
      expect(spec.discovery.namespaces.include).to.deep.equal(['*']);
      expect(spec.discovery.instances).to.equal('all');
      expect(spec.trust.namespaces).to.deep.equal([]);
      expect(spec.credentials).to.deep.equal({});
    });
  });

  describe('the written settings', () => {
    it('are kept as written, without defaults', () => {
      const { written } = parse(
        `${head}spec:\n  health: {attempts: 3}\n  discovery: {namespaces: {exclude: [a, b]}}\n`,
      );

      expect(written).to.deep.equal({ health: { attempts: 3 }, discovery: { namespaces: { exclude: ['a', 'b'] } } });
    });

    it('are empty without a file and without a spec', () => {
      expect(parseSettings(null).written).to.deep.equal({});
      expect(parse(head).written).to.deep.equal({});
    });
  });

  describe('what it rejects, and where', () => {
    const cases = [
      {
        title: 'an unknown key at the top',
        spec: 'spce: {}',
        says: ['3:1 the file: unknown key "spce", did you mean "spec"?'],
      },
      {
        title: 'an unknown key, at its own location',
        spec: 'spec:\n  discvery: {}',
        says: ['4:3 spec: unknown key "discvery", did you mean "discovery"?'],
      },
      {
        title: 'several nested unknown keys at once',
        spec: 'spec:\n  target:\n    configMap: {nmae: x, namspace: y}\n  helth: {}',
        says: [
          '5:17 spec.target.configMap: unknown key "nmae", did you mean "name"?',
          '5:26 spec.target.configMap: unknown key "namspace", did you mean "namespace"?',
          '6:3 spec: unknown key "helth", did you mean "health"?',
        ],
      },
      {
        title: 'an unknown key in a list',
        spec: 'spec: {discovery: {services: {selector: {matchExpressions: [{key: a, oprator: In, operator: In}]}}}}',
        says: [
          '3:70 spec.discovery.services.selector.matchExpressions.0: unknown key "oprator", did you mean "operator"?',
        ],
      },
      {
        title: 'an unknown key of a detector',
        spec: 'spec: {detectors: {prometheus: {enabeld: false}}}',
        says: ['3:33 spec.detectors.prometheus: unknown key "enabeld", did you mean "enabled"?'],
      },
      {
        title: 'an unknown detector',
        spec: 'spec: {detectors: {promtheus: {}}}',
        says: ['3:20 spec.detectors: unknown key "promtheus", did you mean "prometheus"?'],
      },
      {
        title: 'an unknown key with no similar key',
        spec: 'spec: {colour: red}',
        says: [`3:8 spec: unknown key "colour"; ${known}`],
      },
      {
        title: 'every unknown key',
        spec: 'spec: {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7}',
        says: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(
          (key, index) => `3:${8 + 6 * index} spec: unknown key "${key}"${index === 0 ? `; ${known}` : ''}`,
        ),
      },
      {
        title: 'a version that YAML reads as a number',
        spec: 'spec: {target: {version: 0.45}}',
        says: ['3:26 spec.target.version: invalid version: expected one such as "0.45", in quotes'],
      },
      {
        title: 'an invalid version',
        spec: 'spec: {target: {version: latest}}',
        says: ['3:26 spec.target.version: invalid version: expected one such as "0.45", in quotes'],
      },
      {
        title: 'wrong types and values',
        spec: 'spec:\n  discovery: {instances: some, namespaces: {include: []}}\n  health: {attempts: 1.5, timeoutSeconds: 100}',
        says: [
          '4:54 spec.discovery.namespaces.include: too small: expected at least 1 item',
          '4:26 spec.discovery.instances: invalid value: expected all or best',
          '5:43 spec.health.timeoutSeconds: too big: expected at most 20',
          '5:22 spec.health.attempts: invalid value: expected a whole number, not a fraction; write just the number, without quotes or unit',
        ],
      },
      {
        title: 'a text instead of a list',
        spec: 'spec: {discovery: {namespaces: {include: monitoring}}}',
        says: [
          '3:42 spec.discovery.namespaces.include: invalid value: expected a list, not a string; write it as a list: [monitoring]',
        ],
      },
      {
        title: 'a duration in words',
        spec: 'spec: {health: {evictAfter: soon}}',
        says: [`3:29 spec.health.evictAfter: ${duration}`],
      },
      {
        title: 'a duration without a unit',
        spec: 'spec: {health: {evictAfter: "10"}}',
        says: [`3:29 spec.health.evictAfter: ${duration}`],
      },
      {
        title: 'a duration in the wrong order',
        spec: 'spec: {health: {evictAfter: 1s1m}}',
        says: [`3:29 spec.health.evictAfter: ${duration}`],
      },
      {
        title: 'an empty duration',
        spec: 'spec: {health: {evictAfter: ""}}',
        says: [`3:29 spec.health.evictAfter: ${duration}`],
      },
      {
        title: 'a label that is not a string',
        spec: 'spec: {target: {configMap: {labels: {a.b/c: 1}}}}',
        says: [
          '3:45 spec.target.configMap.labels.a.b/c: invalid value: expected a string, not a number; write it in quotes: "1"',
        ],
      },
      {
        title: 'a name that Kubernetes rejects',
        spec: 'spec: {target: {configMap: {name: My_Map}}}',
        says: ['3:35 spec.target.configMap.name: invalid name: expected lower case letters, digits, - and .'],
      },
      ...['a..b', '.a', 'a-.b', 'a.-b'].map((name) => ({
        title: `a name with a part that does not start and end with a letter or digit: ${name}`,
        spec: `spec: {target: {configMap: {name: ${name}}}}`,
        says: ['3:35 spec.target.configMap.name: invalid name: expected lower case letters, digits, - and .'],
      })),
      {
        title: 'a namespace with a dot, which other names may have',
        spec: 'spec: {target: {configMap: {namespace: holmes.gpt}}}',
        says: [
          '3:40 spec.target.configMap.namespace: invalid name of a namespace: expected lower case letters, digits and -, up to 63',
        ],
      },
      {
        title: 'a namespace name that is too long',
        spec: `spec: {target: {configMap: {namespace: ${'n'.repeat(64)}}}}`,
        says: ['3:40 spec.target.configMap.namespace: too big: expected at most 63 characters'],
      },
      {
        title: 'a key that a ConfigMap rejects',
        spec: 'spec: {target: {configMap: {key: a/b}}}',
        says: ['3:34 spec.target.configMap.key: invalid key: expected letters, digits, -, _ and .'],
      },
      {
        title: 'a credential instead of a reference to one',
        spec: 'spec: {credentials: {grafana/dashboards: {api_key: glsa_abc}}}',
        says: [
          '3:52 spec.credentials.grafana/dashboards.api_key: invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
        ],
      },
      {
        title: 'a secret in a header, and a plain-text password',
        spec: 'spec: {credentials: {grafana/loki: {password: hunter2, additional_headers: {Authorization: Bearer abc}}}}',
        says: [
          '3:47 spec.credentials.grafana/loki.password: invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
          '3:92 spec.credentials.grafana/loki.additional_headers.Authorization: invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
        ],
      },
      {
        title: 'a private key instead of the path of its file',
        spec: 'spec: {credentials: {elasticsearch: {client_key: "MIIEvQIBADANBg"}}}',
        says: [
          '3:50 spec.credentials.elasticsearch.client_key: invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
        ],
      },
      {
        title: 'a credential that is neither a map nor a list of rules',
        spec: 'spec: {credentials: {grafana/loki: secret}}',
        says: [
          '3:36 spec.credentials.grafana/loki: invalid credential: expected a map, or a list of {services, instances, config}',
        ],
      },
      {
        title: 'a header that is not a string',
        spec: 'spec: {credentials: {grafana/loki: {additional_headers: {X-Scope-OrgID: 1}}}}',
        says: [
          '3:73 spec.credentials.grafana/loki.additional_headers.X-Scope-OrgID: invalid value: expected a string, not a number; write it in quotes',
        ],
      },
      {
        title: 'labels, annotations and a key that the API server would reject',
        spec: `spec: {target: {configMap: {key: .., labels: {a b: x, a/b/c: x, A.b/c: x, d: e f, ${'l'.repeat(64)}: x}, annotations: {/a: x, a b: x}}}}`,
        says: [
          '3:34 spec.target.configMap.key: invalid key: expected letters, digits, -, _ and .',
          '3:52 spec.target.configMap.labels.a b: invalid name of a label: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one',
          '3:62 spec.target.configMap.labels.a/b/c: invalid name of a label: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one',
          '3:72 spec.target.configMap.labels.A.b/c: invalid name of a label: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one',
          '3:78 spec.target.configMap.labels.d: invalid value of a label: expected letters, digits, -, _ and . up to 63',
          `3:149 spec.target.configMap.labels.${'l'.repeat(64)}: invalid name of a label: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one`,
          '3:171 spec.target.configMap.annotations./a: invalid name of an annotation: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one',
          '3:179 spec.target.configMap.annotations.a b: invalid name of an annotation: expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one',
        ],
      },
      {
        title: 'an unknown key and a secret in a rule of credentials',
        spec: 'spec: {credentials: {grafana/loki: [{service: {}, config: {api_key: abc}}]}}',
        says: [
          '3:69 spec.credentials.grafana/loki.0.config.api_key: invalid credential: expected a reference such as "{{ env.GRAFANA_API_KEY }}", for other consumers "${GRAFANA_API_KEY}", never a value',
          '3:38 spec.credentials.grafana/loki.0: unknown key "service", did you mean "services"?',
        ],
      },
    ];
    for (const { title, spec, says } of cases) {
      it(`rejects ${title}`, async () => {
        const error = await failure(() => parse(`${head}${spec}\n`));

        const lines = says.map((line) => (line.startsWith('and ') ? line : `toolset.yaml:${line}`));
        expect(error.message.split('\n')).to.deep.equal(lines);
        expect(error.code).to.equal('SETTINGS_INVALID');
      });
    }

    it('accepts labels and annotations that the API server accepts', () => {
      const labels = '{app.kubernetes.io/part-of: A_b.c-1, team: ""}';
      const annotations = '{argocd.argoproj.io/sync-options: "Prune=false,Delete=false", Example.com/A: any text}';

      const { spec } = parse(`${head}spec: {target: {configMap: {labels: ${labels}, annotations: ${annotations}}}}\n`);

      expect(Object.keys(spec.target.configMap.labels)).to.have.length(2);
      expect(Object.keys(spec.target.configMap.annotations)).to.have.length(2);
    });

    it('accepts plain user names, tenants, certificate paths and booleans beside references to secrets', () => {
      const credential =
        '{username: holmes, password: "{{ env.P }}", client_cert: /certs/tls.crt, client_key: /certs/tls.key, verify_ssl: false, additional_headers: {X-Scope-OrgID: team-a, Authorization: "Bearer {{ env.T }}"}}';

      const { spec } = parse(
        `${head}spec: {credentials: {a/b: ${credential}, c: [{instances: [x], config: {user: y}}]}}\n`,
      );

      expect(spec.credentials['a/b']).to.include({
        username: 'holmes',
        client_key: '/certs/tls.key',
        verify_ssl: false,
      });
      expect(spec.credentials.c).to.containSubset([
        { services: { namespaces: ['*'], names: ['*'] }, instances: ['x'], config: { user: 'y' } },
      ]);
    });

    it('treats a section that is entirely commented out as missing', () => {
      const settings = parse(`${head}spec:\n  health:\n    # check: none\n  target: {version:}\n`);

      expect(settings.spec).to.deep.equal(parse(head).spec);
      expect(settings.written).to.deep.equal({ target: {} });
    });

    it('rejects another kind of object', async () => {
      const error = await failure(() => parse('apiVersion: v1\nkind: ConfigMap\n'));

      expect(error.message).to.equal(
        'toolset.yaml:1:13 apiVersion: invalid value: expected "toolset.kubernaut.ai/v1alpha1"; write toolset.kubernaut.ai/v1alpha1\n' +
          'toolset.yaml:2:7 kind: invalid value: expected "ToolsetConfig"; write ToolsetConfig',
      );
    });

    it('says which lines to add to a file without a kind', async () => {
      const error = await failure(() => parse('spec: {}\n'));

      expect(error.message).to.match(
        /^toolset.yaml:1:1 apiVersion: .*; write apiVersion: toolset.kubernaut.ai.v1alpha1$/m,
      );
      expect(error.message).to.match(/^toolset.yaml:1:1 kind: .*; write kind: ToolsetConfig$/m);
    });

    it('rejects a document that is not a map', async () => {
      const error = await failure(() => parse('- a\n'));

      expect(error.message).to.equal(
        'toolset.yaml:1:1 the file: invalid value: expected a map, not a list; write it as a map: its keys on the lines below, indented further',
      );
    });
  });

  describe('loadSettings', () => {
    const folder = temporaryFolder();

    it('reads toolset.yaml', async () => {
      await folder.write('toolset.yaml', `${head}spec: {discovery: {instances: best}}\r\n`);

      expect(
        (await loadSettings(readFrom({ folder: folder.path, root: folder.path }))).spec.discovery.instances,
      ).to.equal('best');
    });

    for (const parameters of ['', 'null', '[]']) {
      it(`treats the Application parameters ${JSON.stringify(parameters)} as none`, async () => {
        const read = readFrom({ folder: folder.path, root: folder.path });

        expect(await loadSettings(read, { parameters, variables: {} })).to.deep.equal(parseSettings(null));
      });
    }

    it('has defaults that can be serialised as JSON', () => {
      expect(JSON.parse(JSON.stringify(defaultSpec))).to.deep.equal(parseSettings(null).spec);
    });

    it('uses every default when there is no file', async () => {
      expect(await loadSettings(readFrom({ folder: folder.path, root: folder.path }))).to.deep.equal(
        parseSettings(null),
      );
    });
  });

  it('throws only PluginError, whatever the text', () => {
    const words = [
      'toolsets',
      'spec',
      'apiVersion',
      'kind',
      '<<',
      '__proto__',
      'toString',
      '~',
      'null',
      '1e999',
      '0x1',
    ];
    const marks = [
      ': ',
      '\n',
      '\n  ',
      '- ',
      '? ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '&a ',
      '*a',
      '!!str ',
      '"',
      "'",
      '|\n',
      '#',
      '%',
      '\t',
      '---\n',
    ];
    const yamlish = fc
      .array(fc.oneof(fc.constantFrom(...words, ...marks), fc.string({ maxLength: 3 })))
      .map((parts) => parts.join(''));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      yamlish,
      yamlish.map((part) => head + part),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (content) => {
        expectForeseen(() => parseSettings(parseYamlFile({ name: 'toolset.yaml', text: content }, 'SETTINGS_INVALID')));
        expectForeseen(() =>
          parseOverrides(parseYamlFile({ name: 'overrides.yaml', text: content }, 'OVERRIDES_INVALID'), holmesgpt045),
        );
      }),
      { numRuns: 2_000 },
    );
  }).timeout(120_000);
});

function parse(text: string): Settings {
  return parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
}

function expectForeseen(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    expect(error.message).to.match(/^(toolset|overrides)\.yaml:\d+:\d+ ./);
  }
}
