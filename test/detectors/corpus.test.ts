import { expect } from 'chai';
import { readCorpus } from '../accuracy/corpus.ts';
import { knownMisses } from '../accuracy/known-misses.ts';
import { peers } from '../accuracy/peers.ts';
import { once } from '../../plugin/lib/memoize.ts';
import { everything, judgeCorpus, metrics, missesOf, ownScore, peerScore } from '../accuracy/score.ts';

describe('detectors on the corpus', () => {
  const corpus = readCorpus();
  const judged = once(() => judgeCorpus(corpus));

  // In a test and not in a hook: what a hook runs, `npm run mutation` counts as reached by no test.
  it('are wrong about the known misses and nothing else', async () => {
    const misses = missesOf(await judged());

    const unknown = [...misses].filter(([title]) => !Object.hasOwn(knownMisses, title));
    expect(unknown, 'new misses').to.deep.equal([]);
    const fixed = Object.keys(knownMisses).filter((title) => !misses.has(title));
    expect(fixed, 'fixed: take them from test/accuracy/known-misses.ts').to.deep.equal([]);
  });

  describe('compared with peers', () => {
    for (const peer of peers) {
      it(`find more endpoints than ${peer.title}, and get more of them right`, async () => {
        const { together } = await judged();

        for (const part of [metrics, everything]) {
          const own = ownScore(together, part);
          const theirs = peerScore(peer, corpus, part);

          expect(own.found).to.be.greaterThan(theirs.found);
          expect(own.right).to.be.greaterThan(theirs.right);
        }
      });
    }
  });

  it('cover entries that are unique and name their source', () => {
    const keys = corpus.map(
      ({ stack, service: { metadata } }) => `${stack} ${metadata.namespace ?? ''}/${metadata.name}`,
    );

    expect(new Set(keys).size).to.equal(corpus.length);
    expect(corpus.filter(({ source }) => source === '')).to.deep.equal([]);
  });
});
