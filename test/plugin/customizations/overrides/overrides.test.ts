import fc from 'fast-check';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import type { Overrides } from '../../../../plugin/customizations/overrides/overrides.ts';
import { parseOverrides, readOverrides } from '../../../../plugin/customizations/overrides/overrides.ts';
import type { Consumer, ToolsetFile } from '../../../../plugin/consumers/consumer.ts';
import { kubernaut } from '../../../../plugin/consumers/kubernaut/yaml.ts';
import { anyMap, frozen } from '../../../support/data.ts';
import { failure } from '../../../support/failure.ts';
import { changed, holmesgpt045 } from '../../../support/git.ts';

const generated = frozen({
  toolsets: {
    'kubernetes/core': { enabled: true },
    'grafana/dashboards': { enabled: true, config: { api_url: 'http://grafana.a.svc:80' } },
    'prometheus/metrics': {
      enabled: true,
      config: {
        instances: [
          { name: 'a/p', prometheus_url: 'http://p.a.svc:9090' },
          { name: 'b/p', prometheus_url: 'http://p.b.svc:9090' },
        ],
      },
    },
  },
  mcp_servers: { 'a/mcp': { config: { url: 'http://mcp.a.svc:80/mcp' } } },
});

/** What a file in Git can hold: one with other keys is refused before it is merged. */
const gitMap = anyMap.filter((map) => !/"(?:<<|__proto__|constructor|prototype)":/.test(JSON.stringify(map)));

describe('plugin/customizations/overrides/overrides', () => {
  describe('shape', () => {
    const shape = 'invalid file: expected a map with toolsets and mcp_servers, not';
    const cases = [
      { title: 'a list', text: '- a\n', says: `1:1 ${shape} a list` },
      { title: 'a text', text: 'abc\n', says: `1:1 ${shape} a string` },
      {
        title: 'an unknown key',
        text: 'toolsets: {}\ntoolset: {}\n',
        says: '2:1 unknown key "toolset", did you mean "toolsets"?',
      },
      {
        title: 'a key with no similar key',
        text: 'alerting: {}\n',
        says: '1:1 unknown key "alerting"',
      },
      {
        title: 'toolsets that are a list',
        text: 'toolsets: [a]\n',
        says: '1:11 invalid toolsets: expected a map of names, not a list',
      },
      {
        title: 'a toolset that is a boolean',
        text: 'toolsets:\n  grafana/loki: false\n',
        says: '2:17 invalid toolsets.grafana/loki: expected a map, or null to remove it, not false',
      },
      {
        title: 'an MCP server that is a text',
        text: 'mcp_servers: {github: "http://a"}\n',
        says: '1:23 invalid mcp_servers.github: expected a map, or null to remove it, not a string',
      },
    ];
    for (const { title, text, says } of cases) {
      it(`rejects ${title}`, async () => {
        const error = await failure(() => read(text));

        expect(error.message).to.equal(`overrides.yaml:${says}`);
        expect(error.code).to.equal('OVERRIDES_INVALID');
      });
    }

    const pasted: readonly { title: string; text: string; says: readonly string[] }[] = [
      {
        title: 'Helm values with a key around them',
        text: 'holmes:\n  toolsets: {grafana/loki: {enabled: true}}\n  customClusterRoleRules: []\n',
        says: [
          '1:1 looks like Helm values: "holmes" is not read here; keep only toolsets and mcp_servers, moved from "holmes" to the top level; leave the rest in the values of HolmesGPT\'s chart',
        ],
      },
      {
        title: 'Helm values beside toolsets, once for all keys',
        text: 'toolsets: {}\nadditionalEnvVars: []\ncustomClusterRoleRules: []\nimage: a\nmcp_servers: {}\n',
        says: [
          '2:1 looks like Helm values: "additionalEnvVars", "customClusterRoleRules", "image" are not read here; keep only toolsets and mcp_servers; leave the rest in the values of HolmesGPT\'s chart',
        ],
      },
      {
        title: "HolmesGPT's config.yaml",
        text: 'model: gpt\napi_key: ""\ntoolsets: {}\n',
        says: [
          '1:1 looks like HolmesGPT\'s config.yaml: "model", "api_key" are not read here; keep only toolsets and mcp_servers; leave the rest there',
        ],
      },
      {
        title: 'a ConfigMap',
        text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  custom_toolset.yaml: |\n    toolsets: {}\n',
        says: ['1:1 is a whole manifest of kind "ConfigMap"; keep only the text below data.custom_toolset.yaml'],
      },
      {
        title: 'toolset.yaml',
        text: 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {}\n',
        says: ['1:1 has the settings of toolset.yaml; move them to that file'],
      },
      {
        title: 'settings beside toolsets',
        text: 'toolsets: {}\nspec: {health: {}}\n',
        says: [
          '2:1 has the settings of toolset.yaml: spec is not read here; move them there; keep only toolsets and mcp_servers',
        ],
      },
      {
        title: 'toolsets beside the key that should be around them, and an anchor',
        text: 'x-all: &all {enabled: true}\ntoolsets:\ngrafana/loki: *all\nown: {enabled: true}\n',
        says: [
          '3:1 "grafana/loki", "own" are at the top level of the file; indent below toolsets: what belongs there',
          '1:1 "x-all" is not read here; define an anchor at the value that uses it first',
        ],
      },
      {
        title: 'Helm values with a switch and only MCP servers below their key',
        text: 'holmes-app:\n  enabled: true\n  mcp_servers: {}\nteam: a\n',
        says: [
          '1:1 looks like Helm values: "holmes-app", "team" are not read here; keep only toolsets and mcp_servers, moved from "holmes-app" to the top level; leave the rest in the values of HolmesGPT\'s chart',
        ],
      },
      {
        title: 'a Helm value that has a switch as a toolset has, and a key of no chart',
        text: 'toolsets: {}\noperator: {enabled: true}\nteam: a\n',
        says: [
          '2:1 looks like Helm values: "operator", "team" are not read here; keep only toolsets and mcp_servers; leave the rest in the values of HolmesGPT\'s chart',
        ],
      },
      {
        title: 'a key of config.yaml beside one of no file',
        text: 'jira_url: a\nteam: {lead: b}\n',
        says: [
          '1:1 looks like HolmesGPT\'s config.yaml: "jira_url" is not read here; keep only toolsets and mcp_servers; leave the rest there',
          '2:1 unknown key "team"; overrides.yaml has the consumer\'s own shape, for HolmesGPT toolsets: {NAME: {enabled: …, config: {…}}}',
        ],
      },
      {
        title: 'a manifest with several texts and no apiVersion',
        text: 'kind: ConfigMap\nmetadata: {name: a}\ndata: {a: "", b: ""}\n',
        says: ['1:1 is a whole manifest of kind "ConfigMap"; keep only the text below its data'],
      },
      {
        title: 'many toolsets at the top level, of which one has no value yet',
        text: `a/b:\n${['c', 'd', 'e', 'f', 'g', 'h'].map((name) => `${name}: {config: {}}\n`).join('')}`,
        says: [
          '1:1 "a/b", "c", "d", "e", "f", and 2 more are at the top level of the file; indent below toolsets: what belongs there',
        ],
      },
      {
        title: 'an anchor as in a file of Compose',
        text: '.all: &all {enabled: true}\ntoolsets: {own: *all}\n',
        says: ['1:1 ".all" is not read here; define an anchor at the value that uses it first'],
      },
    ];
    for (const { title, text, says } of pasted) {
      it(`tells what to do with ${title}`, async () => {
        const { diagnostics } = await failure(() => read(text));

        expect(
          diagnostics.map(
            ({ location: { line, column }, message, hint }) => `${String(line)}:${String(column)} ${message}; ${hint}`,
          ),
        ).to.deep.equal(says);
      });
    }

    it('rejects the key "toolsets" around names that Kubernaut has at the top level', async () => {
      const { message } = await failure(() => read('toolsets: {prometheus: {enabled: false}}\n', kubernaut));

      expect(message).to.equal(
        'overrides.yaml:1:1 has the key "toolsets" around the toolsets; move their names to the top level, without it',
      );
    });

    for (const [title, text, key] of [
      ['a kind beside nothing else of a manifest', 'kind: ConfigMap\n', 'kind'],
      ['a spec that holds no settings', 'spec: a\n', 'spec'],
      ['a name of a toolset with a word in place of its entry', 'grafana/loki: off\n', 'grafana/loki'],
    ] as const) {
      it(`calls ${title} an unknown key`, async () => {
        expect((await failure(() => read(text))).message).to.equal(`overrides.yaml:1:1 unknown key "${key}"`);
      });
    }

    it('rejects that key also around a name that removes a toolset', async () => {
      const { message } = await failure(() => read('toolsets: {prometheus: null}\n', kubernaut));

      expect(message).to.include('has the key "toolsets" around the toolsets');
    });

    it('accepts that name for a toolset with any key of an entry', () => {
      for (const key of ['config', 'metadata'])
        expect(read(`toolsets: {${key}: {}}\n`, kubernaut).sections).to.deep.equal({
          toolsets: { toolsets: { [key]: {} } },
        });
    });

    it('accepts a toolset of Kubernaut that is called "toolsets"', () => {
      const { sections } = read('toolsets: {enabled: false, config: {}}\n', kubernaut);

      expect(sections).to.deep.equal({ toolsets: { toolsets: { enabled: false, config: {} } } });
    });

    it('reads the valid entries of a file with mistakes, for findings about them', () => {
      const valid = (text: string, consumer: Consumer = holmesgpt045): Overrides['sections'] =>
        readOverrides(parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID'), consumer).overrides
          .sections;

      expect(valid('toolsets: {a: 1, b: {enabled: true}, c: null}\nmcp_servers: []\nothers: {d: {}}\n')).to.deep.equal({
        toolsets: { b: { enabled: true }, c: null },
      });
      expect(valid('a: 1\nb: {enabled: true}\n', kubernaut)).to.deep.equal({ toolsets: { b: { enabled: true } } });
      expect(valid('- a\n')).to.deep.equal({});
    });

    it('says that a file of another consumer is a map of toolsets', async () => {
      const { message } = await failure(() => read('- a\n', kubernaut));

      expect(message).to.equal('overrides.yaml:1:1 invalid file: expected a map of toolsets, not a list');
    });

    for (const [entry, hint] of [
      ['enabled:true', 'write a space behind the colon'],
      ['http://a', undefined],
      ['"Note: mine"', undefined],
      ['12:30', undefined],
    ] as const) {
      it(`${hint === undefined ? 'has no hint' : 'tells what to write'} for an entry that is ${entry}`, async () => {
        const { diagnostics } = await failure(() => read(`toolsets:\n  a: ${entry}\n  b: 1\n`));

        const [own, other] = diagnostics.map((one) => one.hint);
        expect(own).to.equal(hint ?? other);
      });
    }

    it('treats a section that is entirely commented out as missing', () => {
      expect(read('toolsets:\n  # a: {enabled: false}\nmcp_servers: {c: null}\n').sections).to.deep.equal({
        mcp_servers: { c: null },
      });
    });

    it('accepts both maps, null and keys that the consumer may know', () => {
      const { sections } = read('toolsets: {a: null, b: {tools: [{name: x}]}}\nmcp_servers: {c: {url: u}}\n');

      expect(sections).to.deep.equal({
        toolsets: { a: null, b: { tools: [{ name: 'x' }] } },
        mcp_servers: { c: { url: 'u' } },
      });
    });

    it('accepts an empty file', () => {
      expect(read('').sections).to.deep.equal({});
    });
  });

  describe('merged over generated toolsets', () => {
    it('merges the given keys and keeps the rest', () => {
      const { toolsets, mcp_servers } = apply({ toolsets: { 'grafana/dashboards': { config: { timeout: 5 } } } });

      expect(toolsets['grafana/dashboards']).to.deep.equal({
        enabled: true,
        config: { api_url: 'http://grafana.a.svc:80', timeout: 5 },
      });
      expect(toolsets['prometheus/metrics']).to.equal(generated.toolsets['prometheus/metrics']);
      expect(mcp_servers).to.deep.equal(generated.mcp_servers);
    });

    it('removes a toolset, a key and an MCP server with null', () => {
      const { toolsets, mcp_servers } = apply({
        toolsets: { 'prometheus/metrics': null, 'grafana/dashboards': { config: null } },
        mcp_servers: { 'a/mcp': null },
      });

      expect(toolsets).to.deep.equal({ 'kubernetes/core': { enabled: true }, 'grafana/dashboards': { enabled: true } });
      expect(mcp_servers).to.deep.equal({});
    });

    it('adds toolsets and MCP servers', () => {
      const { toolsets, mcp_servers } = apply({
        toolsets: { own: { tools: [] } },
        mcp_servers: { own: { config: {} } },
      });

      expect(toolsets.own).to.deep.equal({ tools: [] });
      expect(Object.keys(mcp_servers)).to.deep.equal(['a/mcp', 'own']);
    });

    it('replaces the instances by the URL of an override', () => {
      const { toolsets } = apply({
        toolsets: { 'prometheus/metrics': { config: { prometheus_url: 'http://mimir' } } },
      });

      expect(toolsets['prometheus/metrics']).to.deep.equal({
        enabled: true,
        config: { prometheus_url: 'http://mimir' },
      });
    });

    it('keeps instances that the override sets beside the URL', () => {
      const config = { prometheus_url: 'http://mimir', instances: [{ name: 'x' }] };

      const { toolsets } = apply({ toolsets: { 'prometheus/metrics': { config } } });

      expect(toolsets['prometheus/metrics']).to.have.deep.property('config', config);
    });

    it('keeps the instances when the override only removes the URL', () => {
      const { toolsets } = apply({ toolsets: { 'prometheus/metrics': { config: { prometheus_url: null } } } });

      expect(toolsets['prometheus/metrics']).to.deep.equal(generated.toolsets['prometheus/metrics']);
    });

    it('changes nothing without overrides', () => {
      expect(apply({})).to.deep.equal(generated);
    });

    it('is idempotent, keeps every toolset of the override, and does not modify its input', () => {
      fc.assert(
        fc.property(
          fc.dictionary(
            fc.string().filter((name) => !['__proto__', 'constructor', 'prototype', '<<'].includes(name)),
            gitMap,
            { noNullPrototype: true },
          ),
          (toolsets) => {
            const once = apply(frozen({ toolsets }));
            const twice = changed(once, { 'overrides.yaml': { toolsets } }).final;
            return (
              isDeepStrictEqual(once, twice) &&
              Object.keys(toolsets).every((name) => Object.hasOwn(once.toolsets, name))
            );
          },
        ),
      );
    });
  });
});

function read(text: string, consumer: Consumer = holmesgpt045): Overrides {
  return parseOverrides(parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID'), consumer);
}

function apply(overrides: object): ToolsetFile {
  return changed(generated, { 'overrides.yaml': overrides }).final;
}
