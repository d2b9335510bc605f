import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { detectors } from '../../../../../detectors/index.ts';
import { piecesOf } from '../../../../../plugin/commands/explain/report/anonymizer.ts';
import { knownWords } from '../../../../../plugin/commands/explain/report/known-words.ts';
import type { ReportContext } from '../../../../../plugin/commands/explain/report/report.ts';
import { reportOf } from '../../../../../plugin/commands/explain/report/report.ts';
import { snapshot } from '../../../../../plugin/cluster/snapshot.ts';
import { consumerOf } from '../../../../../plugin/consumers/index.ts';
import type { Decision } from '../../../../../plugin/discovery/decision.ts';
import { reasons } from '../../../../../plugin/discovery/reasons.ts';
import { ToolsetConfig } from '../../../../../plugin/settings/schema/index.ts';
import type { CorpusService } from '../../../../accuracy/corpus.ts';
import { readCorpus, readRecorded, stacks } from '../../../../accuracy/corpus.ts';
import { decide } from '../../../../accuracy/judge.ts';

const { spec } = ToolsetConfig.parse({
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'ToolsetConfig',
  spec: { detectors: Object.fromEntries(detectors.map(({ id }) => [id, { enabled: true }])) },
});
const alike = 'Discovery decides the anonymised Services exactly as the original ones.';

const decidedByMore = 'The run decided by more than these facts';

function contextOf(decisions: readonly Decision[], objects: readonly object[]): ReportContext {
  return {
    inputs: { settings: { spec } as ReportContext['inputs']['settings'], consumer: consumerOf(spec.target) },
    policy: null,
    cluster: snapshot(Map.groupBy(objects, (object) => ('kind' in object ? String(object.kind) : 'Service'))),
    access: { isTrusted: () => true } as unknown as ReportContext['access'],
    discovery: { decisions },
  };
}

/** Words of the Services that no rule knows, and that the report says nevertheless. */
function leakedWords(services: readonly object[], report: string): string[] {
  const { service, decision, services: entries } = factsIn(report);
  const reduced = entries.map((entry) => entry.service);
  const said = new Set([...wordsIn([service, reduced]), ...wordsIn(decision).filter((word) => !prose.has(word))]);
  return wordsIn(services).filter((word) => said.has(word) && !formal.has(word));
}

interface Facts {
  readonly service: string;
  readonly decision: object;
  readonly services: readonly { readonly service: object }[];
}

function factsIn(report: string): Facts {
  return parse(/```yaml\n([^]*?)\n```/.exec(report)?.[1] ?? '') as Facts;
}

/** Longer than two letters, in keys and texts. */
function wordsIn(data: unknown): string[] {
  const texts = JSON.stringify(data).match(/"[^"]*"/g) ?? [];
  const words = texts.flatMap((text) => text.match(/[\p{L}]+|[0-9]{3,}/gu) ?? []);
  return [...new Set(words.filter((word) => word.length > 2 && !isKnown(word)).map((word) => word.toLowerCase()))];
}

/** A known word, or one that piecesOf leaves whole. */
function isKnown(word: string): boolean {
  return knownWords.has(word.toLowerCase()) || piecesOf(word).every(({ kind }) => kind === 'kept');
}

/** Keys and constants of v1 Services. */
const formal = new Set(
  [
    'api version kind metadata namespace labels annotations ownerreferences spec type clusterip protocol targetport tcp udp',
  ]
    .concat(['appprotocol apiversion selector nodeport loadbalancer externalname null none'])
    .join(' ')
    .split(' '),
);
/** What sentences consist of besides names. */
const prose = new Set(
  wordsIn([reasons, detectors, 'by http https port appProtocol certificate serving annotation', Object.keys(reasons)]),
);

async function reportsOf(
  services: readonly CorpusService[],
  recorded: readonly object[] = [],
): Promise<readonly string[]> {
  const objects = [...services, ...recorded];
  const decisions = await decide(objects);
  return Promise.all(decisions.map((decision) => reportOf(decision, contextOf(decisions, objects), '1.2.3')));
}

describe('plugin/commands/explain/report/report', () => {
  it('decides the anonymised Services of the whole corpus as the original ones, and says none of their words', async () => {
    const recorded = readRecorded();
    for (const [stack, entries] of stacks(readCorpus())) {
      const services = entries.map(({ service }) => service);
      const beside = recorded[stack] ?? [];

      const reports = await reportsOf(services, beside);

      for (const report of reports) {
        expect(report, stack).to.include(alike);
        expect(leakedWords([...services, ...beside], report), stack).to.deep.equal([]);
      }
    }
  }).timeout(60_000);

  it('decides by the recorded custom resources and Pods of the corpus as the run did', async () => {
    const all = stacks(readCorpus());
    for (const [stack, recorded] of Object.entries(readRecorded())) {
      const services = (all.get(stack) ?? []).map(({ service }) => service);

      const reports = await reportsOf(services, recorded);

      for (const report of reports) expect(report, stack).not.to.include(decidedByMore);
    }
  });

  it('does so in random clusters with names of people, teams and hosts', async () => {
    const letters = fc.stringMatching(/^[a-z]{3,9}$/);
    const word = fc.oneof(
      letters,
      fc.constantFrom(
        'acme',
        'payments',
        'prod7',
        'x509',
        'node123',
        'prometheus',
        'server',
        'grafana',
        'metrics',
        'loki',
      ),
      fc.tuple(letters, fc.constantFrom('prometheus', 'tempo', 'loki', 'mongo')).map((two) => two.join('')),
    );
    const name = fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('-'));
    const shuffledNames = fc.tuple(name, name, name, name);
    const cluster = fc.array(
      fc
        .tuple(fc.constantFrom(...readCorpus()), shuffledNames, fc.boolean())
        .map(([{ service }, names, isHeadless]) => {
          const [namespace, prefix, release, team] = names;
          return {
            ...service,
            metadata: {
              ...service.metadata,
              namespace,
              name: `${prefix}-${service.metadata.name}`.slice(0, 63).replace(/-$/, ''),
              labels: {
                ...service.metadata.labels,
                'app.kubernetes.io/instance': release,
                'app.kubernetes.io/part-of': team,
              },
            },
            spec: {
              ...service.spec,
              ...(isHeadless ? { clusterIP: 'None' } : {}),
              selector: { ...service.spec.selector, team },
            },
          };
        }),
      { minLength: 1, maxLength: 8 },
    );

    await fc.assert(
      fc.asyncProperty(cluster, async (services) => {
        const unique = [
          ...new Map(services.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one])).values(),
        ];
        for (const report of await reportsOf(unique)) {
          expect(report).to.include(alike);
          expect(leakedWords(unique, report)).to.deep.equal([]);
        }
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});
