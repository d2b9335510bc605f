import fc from 'fast-check';
import { expect } from 'chai';
import { nearestWord } from '../../../../plugin/lib/messages/did-you-mean.ts';

const known = ['generate', 'explain', 'snapshot', 'to'];

describe('plugin/lib/messages/did-you-mean', () => {
  const cases = [
    { word: 'generat', meant: 'generate', title: 'a missing letter' },
    { word: 'genereate', meant: 'generate', title: 'an extra letter' },
    { word: 'explian', meant: 'explain', title: 'two swapped letters' },
    { word: 'EXPLAIN', meant: 'explain', title: 'upper case' },
    { word: 'snapshto', meant: 'snapshot', title: 'two swapped letters at the end' },
    { word: 'xy', meant: null, title: 'a word too short to compare' },
    { word: 'deploy', meant: null, title: 'an unrelated word' },
    { word: '', meant: null, title: 'an empty word' },
  ];
  for (const { word, meant, title } of cases) {
    it(`${meant === null ? 'suggests nothing for' : 'corrects'} ${title}`, () => {
      expect(nearestWord(word, known)).to.equal(meant);
    });
  }

  it('suggests the first of two equally close words', () => {
    expect(nearestWord('heal', ['heat', 'hear'])).to.equal('heat');
  });

  it('returns a known word or null', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (word, words) => {
        const meant = nearestWord(word, words);
        return meant === null || words.includes(meant);
      }),
    );
  });
});
