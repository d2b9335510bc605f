import { expect } from 'chai';
import { isTooOld } from '../../plugin/node-version.ts';

describe('plugin/node-version', () => {
  const versions: readonly (readonly [current: string, tooOld: boolean])[] = [
    ['9.11.2', true],
    ['20.20.2', true],
    ['22.9.0', true],
    ['22.19.9', true],
    ['22.20.0', false],
    ['22.100.0', false],
    ['23.0.0', false],
    ['100.0.0', false],
    ['25.0.0-nightly20250701', false],
  ];
  for (const [current, tooOld] of versions) {
    it(`considers Node.js ${current} ${tooOld ? 'too old' : 'new enough'} for >=22.20`, () => {
      expect(isTooOld(current, '>=22.20')).to.equal(tooOld);
    });
  }
});
