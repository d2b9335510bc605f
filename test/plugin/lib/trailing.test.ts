import { expect } from 'chai';
import { withoutTrailing } from '../../../plugin/lib/trailing.ts';

describe('plugin/lib/trailing', () => {
  const cases = [
    { text: 'a/b///', characters: '/', result: 'a/b' },
    { text: '//a', characters: '/', result: '//a' },
    { text: '///', characters: '/', result: '' },
    { text: '', characters: '/', result: '' },
    { text: 'a.-b-.-', characters: '-.', result: 'a.-b' },
  ];
  for (const { text, characters, result } of cases) {
    it(`reduces ${JSON.stringify(text)} to ${JSON.stringify(result)} without ${characters} at its end`, () => {
      expect(withoutTrailing(text, characters)).to.equal(result);
    });
  }
});
