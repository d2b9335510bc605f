import { expect } from 'chai';
import { detectors } from '../../detectors/index.ts';
import type { Condition, Pattern } from '../../detectors/types.ts';
import { keptKeys, namedKeys } from '../../plugin/discovery/kept-keys.ts';
import { serviceView } from '../../plugin/cluster/projections.ts';
import { factsOf, matchesCondition, textOf } from '../../plugin/discovery/match/service-facts.ts';
import { readCorpus } from '../accuracy/corpus.ts';
import { lookAlikesOf } from './look-alikes.ts';

/** Services without any of a detector's words are not looked at further: that must lose none. */
describe('detectors: prefilter words', () => {
  /** Texts of which one stands in every Service that fulfils this part of a condition. */
  function alternatives({
    owner,
    product,
    component,
    chart,
    name,
    namedPort,
    labels,
    selector,
  }: Condition): string[][] {
    const pairs = [labels, selector].flatMap((map) => Object.entries(map ?? {}));
    return [
      ...[owner, product, component, chart, name, namedPort?.name].flatMap((pattern) =>
        pattern === undefined ? [] : [list(pattern)],
      ),
      ...pairs.map(([key, value]) => list(value).map((one) => `${key}=${one}`)),
    ];
  }

  function list(pattern: Pattern): string[] {
    return [pattern].flat();
  }

  for (const { id, words, evidence } of detectors) {
    it(`occur in all evidence of ${id}`, () => {
      const hasWord = (text: string): boolean => words.some((word) => text.toLowerCase().includes(word));

      expect(words.filter((word) => word === '' || word !== word.toLowerCase())).to.deep.equal([]);
      for (const { when } of evidence) {
        const isSound = alternatives(when).some((texts) => texts.every(hasWord));
        expect(isSound, JSON.stringify(when)).to.equal(true);
      }
    });
  }

  it('exclude no matching Service of the corpus and no matching look-alike', () => {
    const generated = detectors.flatMap(({ id }) => lookAlikesOf(id).map(({ service }) => service));
    const keys = keptKeys(detectors, namedKeys([]));
    for (const object of [...readCorpus().map(({ service }) => service), ...generated]) {
      const service = serviceView(object, keys)!;
      const [text, facts] = [textOf(service), factsOf(service)];
      const lost = detectors.filter(
        ({ words, evidence }) =>
          !words.some((word) => text.includes(word)) && evidence.some(({ when }) => matchesCondition(when, facts)),
      );
      expect(
        lost.map(({ id }) => id),
        service.name,
      ).to.deep.equal([]);
    }
  });
});
