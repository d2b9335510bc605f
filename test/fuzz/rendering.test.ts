import { expect } from 'chai';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { parse } from 'yaml';
import { buildResult } from '../../plugin/commands/pipeline/build-result.ts';
import type { GitInputs } from '../../plugin/commands/pipeline/git-inputs.ts';
import type { Consumer, ToolsetFile } from '../../plugin/consumers/consumer.ts';
import { consumerOf, credentialPolicyOf } from '../../plugin/consumers/index.ts';
import { renderConfigMap } from '../../plugin/customizations/config-map.ts';
import { parseOverrides } from '../../plugin/customizations/overrides/overrides.ts';
import * as patching from '../../plugin/customizations/patches/patches.ts';
import type { Discovery } from '../../plugin/discovery/discover.ts';
import { PluginError } from '../../plugin/lib/errors.ts';
import { parseData } from '../../plugin/lib/data/yaml11-reader.ts';
import { ToolsetConfig } from '../../plugin/settings/schema/index.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';
import { discoverFixture } from '../plugin/discovery/fixture.ts';
import { anyData, anyMap, frozen } from '../support/data.ts';
import { fuzz } from './fuzz.ts';
import { mutatedData } from './mutations.ts';
import { gitSeeds, objectSeeds } from './seeds.ts';

/** Those of HolmesGPT first: its file alone is YAML that Argo CD and HolmesGPT both read. */
const targets = [
  { format: 'holmesgpt', version: '0.45' },
  { format: 'holmesgpt', version: '0.16' },
  { format: 'kubernaut' },
  { format: 'kubernaut-json', configMap: { name: 'a', namespace: 'b', key: 'toolset.json' } },
] as const;

interface Input {
  readonly target: number;
  readonly overrides: unknown;
  readonly patches: unknown;
}

describe('fuzz/rendering', () => {
  const discoveries: Discovery[] = [];

  before(async () => {
    // A few Services of each product are enough for every toolset.
    for (const target of targets)
      discoveries.push(await discoverFixture({ items: objectSeeds.slice(0, 250), spec: { target } }));
  });

  const names = [
    'prometheus/metrics',
    'grafana/loki',
    'grafana/dashboards',
    'kubernetes/core',
    'mine',
    'a b',
    'é',
    '1',
  ];
  const entry = fc.oneof(
    anyMap,
    fc.record({ enabled: fc.boolean(), config: anyMap, description: anyData }, { requiredKeys: [] }),
    fc.constant(null),
  );
  const toolsets = fc.dictionary(fc.constantFrom(...names), entry, { maxKeys: 4 });
  const sections = fc.record({ toolsets, mcp_servers: toolsets }, { requiredKeys: ['toolsets'] });
  const seedsOf = (part: 'overrides' | 'patches'): readonly unknown[] => gitSeeds.flatMap((seed) => seed[part] ?? []);
  const patch = fc.record({
    target: fc.constantFrom(...names, '*', 'grafana/*'),
    optional: fc.constant(true),
    patch: fc.array(
      fc.record({
        op: fc.constantFrom('add', 'replace'),
        path: fc.constantFrom('/config', '/config/a', '/config/a~1b', '/x', '/tags/-', '/config/__proto__/x'),
        value: anyData,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });

  fuzz<Input>({
    name: 'rendering',
    law: 'renders any overrides and patches so that every reader reads the same data back, or rejects them',
    inputs: fc.record({
      target: fc.nat(targets.length - 1),
      overrides: fc.oneof(sections, toolsets, mutatedData(seedsOf('overrides'))),
      patches: fc.oneof(fc.constant([]), fc.array(patch, { maxLength: 2 }), mutatedData([seedsOf('patches')])),
    }),
    check: async ({ target, overrides, patches }) => {
      const discovery = discoveries[target]!;
      const text = await refused(() => {
        const inputs = inputsOf(targets[target]!, overrides, patches);
        const access = credentialPolicyOf(inputs.settings.spec, null);
        const result = buildResult(inputs, frozen(discovery), access);
        const manifest = renderConfigMap({ ...result, discovery });
        expect(renderConfigMap({ ...result, discovery })).to.equal(manifest);
        const { data } = parse(manifest) as { readonly data: Readonly<Record<string, string>> };
        const { key } = inputs.settings.spec.target.configMap;
        assertReadBack(inputs.consumer, data, key, result.final, target < 2);
        return { manifest, file: target < 2 ? data[key]! : '{}' };
      });
      if (text === null) return;

      expect(load(text.manifest)).to.deep.equal(parse(text.manifest));
      expect(parseData(text.file)).to.deep.equal(parse(text.file));
    },
  });
});

/** What stands in the ConfigMap means what was to be written; Kubernaut's own formats add names to it. */
function assertReadBack(
  consumer: Consumer,
  data: Readonly<Record<string, string>>,
  key: string,
  final: ToolsetFile,
  isExact: boolean,
): void {
  const read = consumer.read(data, key);
  if (isExact) expect(read).to.deep.equal(final);
  else if (read !== null) expect(consumer.read(consumer.data(read, key, null), key)).to.deep.equal(read);
}

/** `null` where it is refused as it should be. */
async function refused<T>(make: () => T): Promise<T | null> {
  try {
    return await Promise.resolve(make());
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function inputsOf(target: object, overrides: unknown, patches: unknown): GitInputs {
  const written = { target, health: { check: 'none' } };
  const { spec } = ToolsetConfig.parse({
    apiVersion: 'toolset.kubernaut.ai/v1alpha1',
    kind: 'ToolsetConfig',
    spec: written,
  });
  const consumer = consumerOf(spec.target);
  const yaml = (name: string, value: unknown): ReturnType<typeof parseYamlFile> =>
    parseYamlFile({ name, text: JSON.stringify(value ?? null) }, 'OVERRIDES_INVALID');
  return {
    settings: { file: null, spec, written },
    consumer,
    customizations: {
      overrides: [parseOverrides(yaml('overrides.yaml', overrides), consumer)],
      patches: [patching.parsePatches(yaml('patches.yaml', patches))],
      patching,
    },
  };
}
