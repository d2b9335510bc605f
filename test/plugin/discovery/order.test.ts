import { expect } from 'chai';
import fc from 'fast-check';
import { readCorpus } from '../../accuracy/corpus.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { slice } from '../../support/objects.ts';
import { runFixture } from './fixture.ts';

describe('plugin/discovery/order', () => {
  const folder = temporaryFolder();

  it('prints the same bytes and explains the same, in whatever order the cluster lists its objects', async () => {
    const services = readCorpus().map(({ service }) => service);
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
      { numRuns: 10 },
    );
  });

  it('prints the same bytes once it is in the cluster', async () => {
    const items = readCorpus().map(({ service }) => service);
    const before = await runFixture(folder, { items });

    const after = await runFixture(folder, { items, live: before.manifest });

    expect(after.text).to.equal(before.text);
  });
});
