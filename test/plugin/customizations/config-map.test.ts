import fc from 'fast-check';
import { expect } from 'chai';
import type { Diagnostic } from '../../../plugin/lib/diagnostic.ts';
import { warning } from '../../../plugin/lib/diagnostic.ts';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import type { Settings } from '../../../plugin/settings/settings.ts';
import { renderConfigMap } from '../../../plugin/customizations/config-map.ts';
import {
  digestAnnotation,
  hasSettings,
  settingsAnnotation,
} from '../../../plugin/customizations/discovery-settings.ts';
import { Provenance } from '../../../plugin/customizations/provenance.ts';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { kubernaut } from '../../../plugin/consumers/kubernaut/yaml.ts';
import type { Consumer } from '../../../plugin/consumers/consumer.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import { candidate } from '../../support/candidate.ts';
import { anyMap, reordered } from '../../support/data.ts';
import { failure } from '../../support/failure.ts';
import { changesOf, holmesgpt045 } from '../../support/git.ts';
import { uiLines } from '../../support/ui-lines.ts';

interface Manifest {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
}

interface Given {
  readonly warnings?: readonly Diagnostic[];
  /** What `spec` says in Git. */
  readonly spec?: DataMap;
  readonly generated?: DataMap;
  readonly final?: DataMap;
  readonly mcpServers?: DataMap;
  readonly admitted?: readonly Candidate[];
  /** Files of overrides by their names. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly consumer?: Consumer;
}

const core = { 'kubernetes/core': { enabled: true } };

describe('plugin/customizations/config-map', () => {
  describe('the manifest', () => {
    it('lists the warnings of its generation in an annotation, and omits it when there are none', () => {
      const warnings = [warning('NAMESPACE_CROWDED', 'team has too many')];
      const told = 'kubernaut.io/toolset-warnings';

      expect(manifest({ warnings }).metadata.annotations[told]).to.equal(
        'warnings:\n  NAMESPACE_CROWDED team has too many',
      );
      expect(manifest({}).metadata.annotations).to.not.have.property(told);
    });

    it('consists of exactly these bytes for an empty cluster', () => {
      expect(render({})).to.equal(
        `apiVersion: v1
kind: ConfigMap
metadata:
  name: custom-toolsets-configmap
  namespace: holmesgpt
  labels:
    app.kubernetes.io/component: toolset-config
    app.kubernetes.io/managed-by: dynamic-toolset
    app.kubernetes.io/name: dynamic-toolset
  annotations:
    kubernaut.io/toolset-digest: "sha256:${digest({}, core)}"
    kubernaut.io/toolset-settings: '{"target":{"format":"holmesgpt","version":"0.45"}}'
    kubernaut.io/toolset-sources: ""
    kubernaut.io/toolset-status: "Active 0"
data:
  custom_toolset.yaml: |
    toolsets:
      kubernetes/core:
        enabled: true
`,
      );
    });

    it('changes three lines in the diff of Argo CD, one of them the digest, when the port of a backend changes', () => {
      const of = (port: number): Given => {
        const url = `http://one.b.svc:${String(port)}`;
        const { endpoint } = candidate('b/one');
        const toolsets = { 'prometheus/metrics': { enabled: true, config: { prometheus_url: url } }, ...core };
        return {
          spec: {
            health: { check: 'readiness' },
            trust: { namespaces: ['b'] },
            detectors: { grafana: { enabled: false } },
          },
          admitted: [candidate('a/other'), candidate('b/one', { endpoint: { ...endpoint, port } })],
          generated: toolsets,
          final: toolsets,
        };
      };
      const [before, after] = [manifest(of(9090)), manifest(of(9091))];
      const { lines, live } = uiLines(before, after);

      expect(lines).to.deep.equal([
        '-           prometheus_url: "http://one.b.svc:9090"',
        '+           prometheus_url: "http://one.b.svc:9091"',
        `-     kubernaut.io/toolset-digest: sha256:${digestOf(before)}`,
        `+     kubernaut.io/toolset-digest: sha256:${digestOf(after)}`,
        '-         b/one http://one.b.svc:9090',
        '+         b/one http://one.b.svc:9091',
      ]);
      expect(live).to.not.match(/>-$/m);
    });

    it('changes only the edited line of larger settings and the digest in the diff of Argo CD', () => {
      const of = (exclude: readonly string[]): Given => ({
        spec: {
          discovery: {
            namespaces: { exclude, include: ['monitoring', 'observability-of-team-a', 'observability-of-team-b'] },
          },
          health: { check: 'readiness' },
          trust: { namespaces: ['monitoring'] },
        },
      });
      const [before, after] = [manifest(of(['web'])), manifest(of(['web', 'shop']))];
      const { lines } = uiLines(before, after);

      expect(lines.filter((line) => !line.includes('toolset-digest'))).to.deep.equal([
        '-             "exclude":["web"],',
        '+             "exclude":["web","shop"],',
      ]);
      expect(lines).to.have.length(4);
    });

    it('writes settings on several lines, or on one line when several would exceed the limit', () => {
      const of = (count: number, length: number): Given => {
        const exclude = Array.from({ length: count }, (_, index) => `${'x'.repeat(length)}-${String(1_000 + index)}`);
        return { spec: { discovery: { namespaces: { exclude } } } };
      };
      const annotationOf = (count: number, length: number): string =>
        manifest(of(count, length)).metadata.annotations[settingsAnnotation] ?? '';

      expect(annotationOf(1, 5).split('\n')).to.have.length(4);
      expect(hasSettings(annotationOf(1, 5), settingsOf(of(1, 5)))).to.equal(true);
      expect(hasSettings(annotationOf(1, 5), settingsOf(of(2, 5)))).to.equal(false);
      expect(hasSettings('{', settingsOf(of(1, 5)))).to.equal(false);
      const lines = annotationOf(500, 5).split('\n');
      expect(lines).to.have.length(509);
      expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(70);
      // 73 characters each in one line, 82 in lines of their own: 40 KB have room for the one alone.
      expect(annotationOf(500, 65)).to.not.include('\n');
    });

    it('has the name, namespace and key that Git sets', () => {
      const { metadata, data } = manifest({
        spec: { target: { configMap: { name: 'a', namespace: 'b', key: 'c.yaml' } } },
      });

      expect(metadata).to.include({ name: 'a', namespace: 'b' });
      expect(Object.keys(data)).to.deep.equal(['c.yaml']);
    });

    it('sorts labels and annotations, and does not let settings replace its own', () => {
      const { metadata } = manifest({
        spec: {
          target: {
            configMap: {
              labels: { team: 'on', 'app.kubernetes.io/name': 'mine', a: '012' },
              annotations: { z: '1_000', [digestAnnotation]: 'none', [settingsAnnotation]: 'none' },
            },
          },
        },
      });

      expect(Object.entries(metadata.labels)).to.deep.equal([
        ['a', '012'],
        ['app.kubernetes.io/component', 'toolset-config'],
        ['app.kubernetes.io/managed-by', 'dynamic-toolset'],
        ['app.kubernetes.io/name', 'dynamic-toolset'],
        ['team', 'on'],
      ]);
      expect(Object.keys(metadata.annotations)).to.deep.equal([
        'kubernaut.io/toolset-digest',
        'kubernaut.io/toolset-settings',
        'kubernaut.io/toolset-sources',
        'kubernaut.io/toolset-status',
        'z',
      ]);
      expect(metadata.annotations[digestAnnotation]).to.match(/^sha256:[0-9a-f]{64}$/);
    });

    it('contains MCP servers only if there are any', () => {
      expect(parse(file({}))).to.deep.equal({ toolsets: core });
      expect(parse(file({ mcpServers: { m: { config: {} } } }))).to.deep.equal({
        toolsets: core,
        mcp_servers: { m: { config: {} } },
      });
    });

    it('keeps templates that come from Git', () => {
      const final = { a: { config: { api_key: '{{ env.API_KEY }}' } } };

      expect(file({ final })).to.contain('api_key: "{{ env.API_KEY }}"');
    });
  });

  describe("Git's overrides, which Kubernaut shows beside the toolsets", () => {
    const shown = (overrides: Readonly<Record<string, unknown>>): string | undefined =>
      manifest({ overrides, consumer: kubernaut, final: { kubernetes: {} } }).data['overrides.yaml'];

    it('are omitted when Git has none', () => {
      expect(shown({})).to.equal(undefined);
    });

    it('are shown verbatim when they are a single file', () => {
      const text = '# ours\nprometheus: {enabled: false}\n';

      expect(shown({ 'overrides.yaml': text })).to.equal(text);
    });

    it('are merged when they are several files', () => {
      const first = { prometheus: { config: { url: 'http://a' } }, grafana: { enabled: false } };
      const second = { prometheus: { config: { url: 'http://b' } }, grafana: null };

      expect(parse(shown({ 'a.yaml': first, 'b.yaml': second }) ?? '')).to.deep.equal({
        prometheus: { config: { url: 'http://b' } },
        grafana: null,
      });
      expect(parse(shown({ 'a.yaml': '', 'b.yaml': second }) ?? '')).to.deep.equal(second);
    });
  });

  describe('what it rejects', () => {
    it('rejects a file in which nothing is left', async () => {
      const error = await failure(() => render({ final: {} }));

      expect(error.code).to.equal('OUTPUT_INVALID');
      expect(error.message).to.equal('overrides.yaml removes every toolset; HolmesGPT does not load an empty file');
      expect(error.hint).to.equal('keep kubernetes/core and set enabled: false on it instead of null');
    });

    it('accepts a file with only MCP servers', () => {
      expect(file({ final: {}, mcpServers: { m: {} } })).to.equal('mcp_servers:\n  m: {}\ntoolsets: {}\n');
    });

    const dotted = [
      { title: 'a toolset', final: { 'a.b': {} }, says: 'toolsets has the key "a.b"' },
      {
        title: 'a key deep in a list',
        final: { a: { tools: [{}, { env: { 'x.y': 1 } }] } },
        says: 'toolsets.a.tools[1].env has the key "x.y"',
      },
      { title: 'an MCP server', final: core, mcpServers: { 'm.n': {} }, says: 'mcp_servers has the key "m.n"' },
    ];
    for (const { title, says, ...given } of dotted) {
      it(`rejects a dot in the name of ${title}`, async () => {
        const error = await failure(() => render(given));

        expect(error.code).to.equal('OUTPUT_INVALID');
        expect(error.message).to.equal(`${says}; HolmesGPT refuses keys with a dot`);
      });
    }

    const template = 'x{{ env.SECRET }}';
    const templates: readonly (readonly [where: string, backend: Candidate])[] = [
      ['the namespace of a Service', candidate(`{{a}}/web`)],
      ['the name of a Service', candidate(`ns/${template}`)],
      ['the name of a Service, as a statement', candidate('ns/{% x')],
      ['the name of a Service, as a comment', candidate('ns/{# x')],
      ['the instance name from an annotation', candidate('ns/web', { instance: template })],
      ['the host of an endpoint', candidate('ns/web', { endpoint: endpoint({ host: template }) })],
      ['the path of an endpoint', candidate('ns/web', { endpoint: endpoint({ path: template }) })],
    ];
    for (const [where, backend] of templates) {
      it(`rejects a template in ${where}`, async () => {
        const error = await failure(() => render({ admitted: [candidate('a/b'), backend] }));

        expect(error.code).to.equal('OUTPUT_INVALID');
        expect(error.message).to.match(/^the Service "[^"]*" holds a template: ".*\{[{%#].*"$/);
        expect(error.hint).to.equal('check its name and annotations: templates are allowed only in Git');
      });
    }

    it('does not treat single braces as a template', () => {
      const admitted = [candidate('a/b', { endpoint: endpoint({ path: '/{a}/}}' }) })];

      expect(manifest({ admitted }).metadata.annotations['kubernaut.io/toolset-sources']).to.include('/{a}/}}');
    });

    it('rejects more than 900 KB, and names the largest toolsets', async () => {
      const sized = (kilobytes: number): DataMap => ({ description: 'x'.repeat(kilobytes * 1024 - 18) });

      const error = await failure(() =>
        render({ final: { a: sized(1), b: sized(500), c: sized(300), d: sized(200) } }),
      );

      expect(error.code).to.equal('OUTPUT_TOO_LARGE');
      expect(error.message).to.equal(
        'the ConfigMap would have 1002 KB, more than 900 KB; largest: b (500 KB), c (300 KB), d (200 KB)',
      );
    });

    it('accepts 900 KB, but not one byte more', async () => {
      const padded = (length: number): DataMap => ({ a: { description: 'x'.repeat(length) } });
      const most = 900 * 1024 - Buffer.byteLength(render({ final: padded(0), generated: core }));

      expect(Buffer.byteLength(render({ final: padded(most), generated: core }))).to.equal(900 * 1024);
      const error = await failure(() => render({ final: padded(most + 1), generated: core }));
      expect(error.code).to.equal('OUTPUT_TOO_LARGE');
      expect(error.hint).to.include('narrow spec.discovery.namespaces');
    });

    it('counts bytes, not characters', async () => {
      const error = await failure(() => render({ final: { a: { description: '日'.repeat(400_000) } } }));

      expect(error.code).to.equal('OUTPUT_TOO_LARGE');
    });
  });

  describe('the digest', () => {
    it('changes if, and only if, what was discovered changes', () => {
      fc.assert(
        fc.property(anyMap, anyMap, (one, other) => {
          expect(digest({}, one)).to.equal(digest({}, reordered(one)));
          expect(digest({}, one) === digest({}, other)).to.equal(isDeepStrictEqual(one, other));
        }),
      );
    });

    it('does not change with overrides, names or labels', () => {
      const spec = { target: { configMap: { name: 'other', key: 'other', labels: { a: 'b' } } } };

      expect(digestOf(manifest({ spec, generated: core, final: { own: {} } }))).to.equal(digest({}, core));
    });

    const written: readonly { title: string; spec: DataMap }[] = [
      { title: 'the discovery', spec: { discovery: { namespaces: { exclude: ['dev'] } } } },
      { title: 'the health check', spec: { health: { evictAfter: '1m' } } },
      { title: 'the detectors', spec: { detectors: { grafana: { enabled: false } } } },
      { title: 'the trust', spec: { trust: { namespaces: ['monitoring'] } } },
      { title: 'the credentials', spec: { credentials: { a: { b: '{{ env.C }}' } } } },
      { title: "the consumer's version", spec: { target: { version: '0.24' } } },
    ];
    for (const { title, spec } of written) {
      it(`changes with ${title} in Git`, () => {
        expect(digest(spec, core)).not.to.equal(digest({}, core));
      });
    }

    it('does not change with the order of keys in Git', () => {
      const spec = { health: { check: 'none', attempts: 2 }, discovery: { instances: 'best', clusterDomain: 'a.b' } };

      expect(render({ spec: reordered(spec) })).to.equal(render({ spec }));
    });
  });

  it('repeats the settings that affect discovery as written, and no others', () => {
    const spec = {
      target: { version: '0.40', configMap: { name: 'x' } },
      health: { attempts: 3 },
      discovery: { instances: 'all' },
    };

    const { annotations } = manifest({ spec }).metadata;

    expect(annotations[settingsAnnotation]).to.equal(
      [
        '{',
        '  "discovery":{"instances":"all"},',
        '  "health":{"attempts":3},',
        '  "target":{"format":"holmesgpt","version":"0.40"}',
        '}',
      ].join('\n'),
    );
  });

  it('is the same for the same toolsets in any order', () => {
    fc.assert(
      fc.property(anyMap.filter(isAccepted), (toolsets) => {
        const text = render({ generated: toolsets, final: toolsets });
        return text === render({ generated: reordered(toolsets), final: reordered(toolsets) });
      }),
    );
  });

  it('contains exactly the data that it was given', () => {
    fc.assert(
      fc.property(anyMap.filter(isAccepted), (final) =>
        isDeepStrictEqual(parse(file({ final }), { version: '1.1' }), { toolsets: final }),
      ),
    );
  });
});

function endpoint(change: Partial<Candidate['endpoint']>): Candidate['endpoint'] {
  return { ...candidate('ns/web').endpoint, ...change };
}

function render({
  spec = {},
  generated = core,
  final = generated,
  mcpServers = {},
  admitted = [],
  overrides = {},
  warnings = [],
  consumer = holmesgpt045,
}: Given): string {
  return renderConfigMap({
    settings: settingsOf({ spec }),
    consumer,
    customizations: changesOf(overrides, consumer),
    discovery: { admitted, sources: admitted.map((one) => ({ candidate: one, state: 'in' as const })) },
    warnings,
    generated: { file: { toolsets: generated, mcp_servers: {} }, unusable: [] },
    final: { toolsets: final, mcp_servers: mcpServers },
    provenance: new Provenance(),
  });
}

function settingsOf({ spec = {} }: Pick<Given, 'spec'>): Settings {
  const text = JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec });
  return parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
}

function manifest(given: Given): Manifest {
  return parse(render(given), { version: '1.1' }) as Manifest;
}

/** What the consumer reads. */
function file(given: Given): string {
  return Object.values(manifest(given).data).join('');
}

function digestOf({ metadata }: Manifest): string {
  return metadata.annotations[digestAnnotation]?.replace('sha256:', '') ?? '';
}

/** Of what was discovered under a `spec`, whatever the file says in the end. */
function digest(spec: DataMap, generated: DataMap): string {
  return digestOf(manifest({ spec, generated, final: core }));
}

function isAccepted(toolsets: DataMap): boolean {
  const hasDot = (data: Data): boolean =>
    typeof data === 'object' &&
    data !== null &&
    Object.entries(data as DataMap).some(
      ([key, value]) => (!Array.isArray(data) && key.includes('.')) || hasDot(value),
    );
  return Object.keys(toolsets).length > 0 && !hasDot(toolsets);
}
