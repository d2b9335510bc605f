import { expect } from 'chai';
import fc from 'fast-check';
import type { FormatName } from '../../../../plugin/settings/schema/formats.ts';
import { formats } from '../../../../plugin/settings/schema/formats.ts';
import type { Entry } from '../../../accuracy/corpus.ts';
import { asOneCluster, readCorpus, stacks } from '../../../accuracy/corpus.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { recording, slice } from '../../../support/objects.ts';
import { runHere } from '../../../support/run.ts';

const names = Object.keys(formats) as FormatName[];

/** Each has its own ConfigMap: two formats of Kubernaut would have one. */
function targetOf(format: FormatName): object {
  const llm = format === 'kubernaut-sdk' ? { llm: { provider: 'openai', model: 'gpt-4o' } } : {};
  return { format, configMap: { name: `of-${format}` }, ...llm };
}

/** What detection and selection depend on besides the target. */
const settings: readonly object[] = [
  {},
  {
    discovery: { instances: 'best', namespaces: { exclude: ['lok*', 'kps*'] } },
    detectors: { grafana: { enabled: false } },
  },
  {
    trust: { namespaces: ['*'] },
    detectors: { loki: { priority: 5 }, prometheus: { namespaces: ['kube*', 'open*'] } },
    customDetectors: [
      {
        id: 'ours',
        match: [{ selector: { matchLabels: { 'app.kubernetes.io/name': 'loki' } } }],
        port: 3100,
        toolset: { name: 'ours/${namespace}-${name}', template: { description: 'at ${url}' } },
      },
    ],
  },
];

/** The settings name namespaces of these; the whole corpus takes five times as long. */
function everyFifthStack(): readonly Entry[] {
  return [...stacks(readCorpus()).values()].filter((_, index) => index % 5 === 2).flat();
}

describe('spec.targets in pairs over a fifth of the corpus', () => {
  const folder = temporaryFolder();
  let snapshot = '';

  beforeEach(async () => {
    const services = asOneCluster(everyFifthStack());
    const slices = services.map((service, index) => slice(service, { ready: index % 5 === 0 ? 0 : 2 }));
    snapshot = await folder.write('cluster.json', recording(...services, ...slices));
  });

  const generate = async (spec: object): Promise<string> => {
    const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
    await folder.write('toolset.yaml', JSON.stringify({ ...header, spec }));
    const { code, stdout, stderr } = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot]);
    expect(code, stderr).to.equal(0);
    return stdout;
  };

  it('prints for each target of a pair what it prints for that target alone, to the byte', async () => {
    const pairs = fc.shuffledSubarray(names, { minLength: 2, maxLength: 2 });
    const printed = new Map<string, string>();
    const alone = async (spec: object, format: FormatName): Promise<string> => {
      const key = `${String(settings.indexOf(spec))} ${format}`;
      const text = printed.get(key) ?? (await generate({ ...spec, targets: [targetOf(format)] }));
      printed.set(key, text);
      return text;
    };

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...settings), pairs, async (spec, pair) => {
        const expected: string[] = [];
        for (const format of pair) expected.push(await alone(spec, format));

        expect(await generate({ ...spec, targets: pair.map(targetOf) })).to.equal(expected.join('---\n'));
      }),
      { numRuns: 12 },
    );
  });
});
