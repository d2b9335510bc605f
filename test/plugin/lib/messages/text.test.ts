import { expect } from 'chai';
import fc from 'fast-check';
import { counted, withoutUserInfo } from '../../../../plugin/lib/messages/text.ts';

describe('plugin/lib/messages/text', () => {
  describe('withoutUserInfo', () => {
    for (const [text, expected] of [
      ['http://u:p@prometheus:9090/x', 'http://***@prometheus:9090/x'],
      ['HTTPS:\\\\u@h and redis://:p@redis:6379', 'HTTPS:\\\\***@h and redis://***@redis:6379'],
      ['http:u:p@h', 'http:***@h'],
      ['http://a@b@h', 'http://***@h'],
      ['http://h/a@b?c@d', 'http://h/a@b?c@d'],
      ['ops@example.com', 'ops@example.com'],
      ['', ''],
    ] as const) {
      it(`turns ${JSON.stringify(text)} into ${JSON.stringify(expected)}`, () => {
        expect(withoutUserInfo(text)).to.equal(expected);
      });
    }

    it('removes the user info of every URL, and nothing else', () => {
      const part = fc.constantFrom('http:', 'https:/', '://', '@', 'u', ':', '/', '\\', '?', ' ', '\n');
      fc.assert(
        fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
          const text = parts.join('');
          const told = withoutUserInfo(text);
          expect(told).to.not.match(/(?:https?:[/\\]*|:\/\/)(?!\*\*\*@)[^\s/\\?#]*@/i);
          expect(told.replaceAll('***@', '')).to.equal(text.replace(/(https?:[/\\]*|:\/\/)[^\s/\\?#]*@/gi, '$1'));
        }),
      );
    });

    it('leaves a megabyte of URL schemes unchanged', () => {
      const text = 'http:'.repeat(200_000);

      expect(withoutUserInfo(text) === text).to.equal(true);
    });
  });

  it('counts nouns in the singular only for one', () => {
    expect([0, 1, 2].map((count) => counted(count, 'folder'))).to.deep.equal(['0 folders', '1 folder', '2 folders']);
  });
});
