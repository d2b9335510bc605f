import fc from 'fast-check';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { parseSettings } from '../../../plugin/settings/settings.ts';
import { renderConfigMap } from '../../../plugin/customizations/config-map.ts';
import { digestAnnotation, settingsAnnotation } from '../../../plugin/customizations/discovery-settings.ts';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { anyMap, reordered } from '../../support/data.ts';
import { failure } from '../../support/failure.ts';
import { changesOf, holmesgpt045 } from '../../support/git.ts';

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
  /** What `spec` says in Git. */
  readonly spec?: DataMap;
  readonly generated?: DataMap;
  readonly final?: DataMap;
  readonly mcpServers?: DataMap;
}

const core = { 'kubernetes/core': { enabled: true } };

describe('plugin/customizations/config-map', () => {
  describe('the manifest', () => {
    it('is the whole of these bytes for an empty cluster', () => {
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
data:
  custom_toolset.yaml: |
    toolsets:
      kubernetes/core:
        enabled: true
`,
      );
    });

    it('has the name, namespace and key that Git wants', () => {
      const { metadata, data } = manifest({
        spec: { target: { configMap: { name: 'a', namespace: 'b', key: 'c.yaml' } } },
      });

      expect(metadata).to.include({ name: 'a', namespace: 'b' });
      expect(Object.keys(data)).to.deep.equal(['c.yaml']);
    });

    it('sorts labels and annotations, and lets nobody displace its own', () => {
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
        'z',
      ]);
      expect(metadata.annotations[digestAnnotation]).to.match(/^sha256:[0-9a-f]{64}$/);
    });

    it('has MCP servers only where there are any', () => {
      expect(parse(file({}))).to.deep.equal({ toolsets: core });
      expect(parse(file({ mcpServers: { m: { config: {} } } }))).to.deep.equal({
        toolsets: core,
        mcp_servers: { m: { config: {} } },
      });
    });

    it('passes templates that come from Git', () => {
      const final = { a: { config: { api_key: '{{ env.API_KEY }}' } } };

      expect(file({ final })).to.contain('api_key: "{{ env.API_KEY }}"');
    });
  });

  describe('what it refuses', () => {
    it('refuses a file in which nothing is left', async () => {
      const error = await failure(() => render({ final: {} }));

      expect(error.code).to.equal('OUTPUT_INVALID');
      expect(error.message).to.equal('overrides.yaml removes every toolset; HolmesGPT does not load an empty file');
      expect(error.hint).to.equal('keep kubernetes/core and set enabled: false on it instead of null');
    });

    it('takes a file with nothing but MCP servers', () => {
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
      it(`refuses a dot in the name of ${title}`, async () => {
        const error = await failure(() => render(given));

        expect(error.code).to.equal('OUTPUT_INVALID');
        expect(error.message).to.equal(`${says}; HolmesGPT refuses keys with a dot`);
      });
    }

    it('refuses more than 900 KB, and names the largest toolsets', async () => {
      const sized = (kilobytes: number): DataMap => ({ description: 'x'.repeat(kilobytes * 1024 - 18) });

      const error = await failure(() =>
        render({ final: { a: sized(1), b: sized(500), c: sized(300), d: sized(200) } }),
      );

      expect(error.code).to.equal('OUTPUT_TOO_LARGE');
      expect(error.message).to.equal(
        'the ConfigMap would have 1002 KB, more than 900 KB; largest: b (500 KB), c (300 KB), d (200 KB)',
      );
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

    it('does not change with overrides, names and labels', () => {
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

  it('repeats the settings that decide the discovery, as they were written, and no others', () => {
    const spec = {
      target: { version: '0.40', configMap: { name: 'x' } },
      health: { attempts: 3 },
      discovery: { instances: 'all' },
    };

    const { annotations } = manifest({ spec }).metadata;

    expect(annotations[settingsAnnotation]).to.equal(
      '{"discovery":{"instances":"all"},"health":{"attempts":3},"target":{"format":"holmesgpt","version":"0.40"}}',
    );
  });

  it('is the same for the same, in whatever order', () => {
    fc.assert(
      fc.property(anyMap.filter(isAccepted), (toolsets) => {
        const text = render({ generated: toolsets, final: toolsets });
        return text === render({ generated: reordered(toolsets), final: reordered(toolsets) });
      }),
    );
  });

  it('holds the data that it was given, word for word', () => {
    fc.assert(
      fc.property(anyMap.filter(isAccepted), (final) =>
        isDeepStrictEqual(parse(file({ final }), { version: '1.1' }), { toolsets: final }),
      ),
    );
  });
});

function render({ spec = {}, generated = core, final = generated, mcpServers = {} }: Given): string {
  const text = JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec });
  const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
  return renderConfigMap({
    settings,
    consumer: holmesgpt045,
    changes: changesOf({}),
    discovery: { admitted: [] },
    generated: { file: { toolsets: generated, mcp_servers: {} }, unusable: [] },
    final: { toolsets: final, mcp_servers: mcpServers },
  });
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
