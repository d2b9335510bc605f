import { expect } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import type { ProbeResult } from '../../../plugin/cluster/probe/probe.ts';
import type { StoreAnswer } from '../../../plugin/cluster/stores/question.ts';
import type { Unread } from '../../../plugin/cluster/types.ts';
import type { CorpusService } from '../../accuracy/corpus.ts';
import { readCorpus } from '../../accuracy/corpus.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { slice } from '../../support/objects.ts';
import { sliceOf } from './evidence/fixture.ts';
import { discoverFixture, runFixture } from './fixture.ts';

describe('plugin/discovery/order', () => {
  const folder = temporaryFolder();

  it('prints the same bytes and the same explanation, whatever order the cluster lists its objects in', async () => {
    const services = oneCluster();
    const items = [
      ...services,
      ...services.map((service, index) => slice(service, { ready: index % 7 === 0 ? 0 : 2 })),
    ];
    const expected = await runFixture(folder, { items });

    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(items, { minLength: items.length }), async (shuffled) => {
        const actual = await runFixture(folder, { items: shuffled });

        expect(actual.text).to.equal(expected.text);
        expect(actual.explanation).to.deep.equal(expected.explanation);
      }),
      { numRuns: 4 },
    );
  });

  it('decides the same, whatever order custom resources, Pods, backends and stores answer in', async () => {
    const services = oneCluster();
    const items = services.flatMap((service, index) => [service, sliceOf(service, `pod-${String(index)}`)]);
    const spec = { discovery: { instances: 'all' } };
    /** Takes turns of the event loop before it answers: so many as the next number says. */
    const decide = async (turns: () => number): Promise<object> => {
      const later = async <T>(answer: T): Promise<T> => {
        for (let turn = turns(); turn > 0; turn -= 1) await new Promise(setImmediate);
        return answer;
      };
      const { admitted, decisions, sources, warnings } = await discoverFixture({
        items,
        spec,
        prober: ({ target }) => later(probeResults[numberOf(target, probeResults.length)]!),
        stores: ({ url }) => later(storeAnswers[numberOf(url, storeAnswers.length)]!),
        change: (cluster) => ({
          ...cluster,
          customResource: ({ type: { kind }, namespace, name }) => later({ unread: unreadOf(kind, namespace, name) }),
          pod: ({ namespace, name }) => later({ unread: unreadOf('Pod', namespace, String(name)) }),
        }),
      });
      return { admitted, decisions, sources, warnings };
    };
    const expected = await decide(() => 0);

    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(6)), async (numbers) => {
        expect(await decide(() => Number(numbers.next().value))).to.deep.equal(expected);
      }),
      { numRuns: 5 },
    );
  });

  for (const [title, target] of [
    ['', {}],
    [', even when the budget cannot hold every toolset', { maxToolTokens: 20_000, budget: 'enforce' }],
  ] as const)
    it(`prints the same bytes once its output is in the cluster${title}`, async () => {
      const items = oneCluster();
      const before = await runFixture(folder, { items, spec: { target } });

      const after = await runFixture(folder, { items, spec: { target }, live: before.manifest });

      expect(after.text).to.equal(before.text);
    });
});

const probeResults: readonly ProbeResult[] = [
  { healthy: true, identified: true, reason: 'Answered', message: 'answers' },
  { healthy: true, reason: 'Answered', message: 'answers', needsCredential: true },
  { healthy: false, reason: 'ProbeTimeout', message: 'does not answer' },
];
const storeAnswers: readonly StoreAnswer[] = [
  { content: { tenants: [], names: new Set(), clusterLabel: null, clusters: null } },
  { noFacts: 'Silent' },
  { noFacts: 'Other' },
];

/** What an account may read, or a cluster serves, is so of a kind in a namespace: after one answer no other is asked for. */
function unreadOf(kind: string, namespace: string, name: string): Unread {
  if (numberOf(kind, 7) === 0) return 'NotServed';
  if (numberOf(`${kind} ${namespace}`, 2) === 0) return 'Forbidden';
  return numberOf(name, 2) === 0 ? 'NotFound' : 'TooLarge';
}

/** From 0 up to the limit, by the text alone. */
function numberOf(text: string, limit: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE() % limit;
}

/** All stacks beside each other: of two Services with one name, which no cluster has, the first. */
function oneCluster(): readonly CorpusService[] {
  const byKey = Map.groupBy(
    readCorpus(),
    ({ service: { metadata } }) => `${metadata.namespace ?? ''}/${metadata.name}`,
  );
  return [...byKey.values()].map(([first]) => first!.service);
}
