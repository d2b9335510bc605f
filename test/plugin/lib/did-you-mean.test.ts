import fc from 'fast-check';
import { expect } from 'chai';
import { didYouMean } from '../../../plugin/lib/text.ts';

const known = ['generate', 'explain', 'snapshot', 'to'];

describe('plugin/lib/did-you-mean', () => {
  const cases = [
    { word: 'generat', meant: 'generate', title: 'a letter left out' },
    { word: 'genereate', meant: 'generate', title: 'a letter too many' },
    { word: 'explian', meant: 'explain', title: 'two letters swapped' },
    { word: 'EXPLAIN', meant: 'explain', title: 'capitals' },
    { word: 'snapshto', meant: 'snapshot', title: 'two letters swapped at the end' },
    { word: 'xy', meant: null, title: 'a word so short that anything would be near' },
    { word: 'deploy', meant: null, title: 'another word' },
    { word: '', meant: null, title: 'no word' },
  ];
  for (const { word, meant, title } of cases) {
    it(`${meant === null ? 'has no suggestion for' : 'sees through'} ${title}`, () => {
      expect(didYouMean(word, known)).to.equal(meant);
    });
  }

  it('suggests the first of two that are equally near', () => {
    expect(didYouMean('heal', ['heat', 'hear'])).to.equal('heat');
  });

  it('answers a known word with itself, or null', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (word, words) => {
        const meant = didYouMean(word, words);
        return meant === null || words.includes(meant);
      }),
    );
  });
});
