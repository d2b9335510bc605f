import fc from 'fast-check';
import { expect } from 'chai';
import { didYouMean, nearest } from '../../../plugin/lib/text.ts';

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

  it('suggests the only one of which the word is the beginning or a part', () => {
    const namespaces = ['monitoring', 'kube-prometheus-stack', 'kube-system'];

    expect(didYouMean('mon', namespaces)).to.equal('monitoring');
    expect(didYouMean('prometheus', namespaces)).to.equal('kube-prometheus-stack');
    expect(didYouMean('kube', namespaces)).to.equal(null);
    expect(didYouMean('mo', namespaces)).to.equal(null);
    expect(didYouMean('itor', namespaces)).to.equal(null);
    expect(nearest('mon', namespaces)).to.equal(null);
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
