import fc from 'fast-check';
import { expect } from 'chai';
import { didYouMean, nearestWord, suggestion } from '../../../../plugin/lib/messages/did-you-mean.ts';

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

  describe('of a word that looks like a known one', () => {
    for (const { title, word, known: words, hint } of [
      {
        title: 'a Cyrillic letter',
        word: 'en\u0430bled',
        known: ['enabled'],
        hint: ascii('enabled', '\u0430', '0430'),
      },
      {
        title: 'a zero-width space',
        word: 'en\u200Babled',
        known: ['enabled'],
        hint: ascii('enabled', '\u200B', '200B'),
      },
      {
        title: 'two Greek letters',
        word: 'c\u03BFnf\u03B9g',
        known: ['config'],
        hint: ascii('config', '\u03BF', '03BF'),
      },
      {
        title: 'a letter beyond the BMP',
        word: 'confi\u{1D420}',
        known: ['config'],
        hint: ascii('config', '\u{1D420}', '1D420'),
      },
    ]) {
      it(`names the character for ${title}`, () => {
        expect(didYouMean(word, words)).to.equal(hint);
      });
    }

    it('asks about the word where an ASCII letter is wrong as well', () => {
      expect(didYouMean('en\u0430bletd', ['enabled'])).to.equal('did you mean "enabled"?');
    });

    it('asks about a known word that is not ASCII itself', () => {
      expect(didYouMean('schl\u00FCsel', ['schl\u00FCssel'])).to.equal('did you mean "schl\u00FCssel"?');
    });

    it('shows the known word behind a comma without quotes', () => {
      expect(suggestion('expl\u0430in', known)).to.equal(', write explain in ASCII: "\u0430" is U+0430');
    });
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

function ascii(word: string, character: string, codePoint: string): string {
  return `write ${JSON.stringify(word)} in ASCII: ${JSON.stringify(character)} is U+${codePoint}`;
}
