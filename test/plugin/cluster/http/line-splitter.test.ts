import { expect } from 'chai';
import fc from 'fast-check';
import { lineReader } from '../../../../plugin/cluster/http/line-splitter.ts';

describe('plugin/cluster/http/line-splitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '🙂', '\n', '{"x":1}'), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 8 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const reader = lineReader(1_000);

        const lines = places
          .slice(1)
          .flatMap((end, index) => reader.push(bytes.subarray(places[index], end)) ?? ['too long']);

        const ended = whole.split('\n').slice(0, -1);
        expect(lines).to.deep.equal(ended.filter((line) => line !== ''));
        expect(reader.isOpen()).to.equal(!whole.endsWith('\n') && whole !== '');
      }),
    );
  });

  for (const [title, chunks] of [
    ['in one piece', ['12345678901\n']],
    ['in pieces', ['123456', '78901\n']],
    ['without an end', ['123456', '78901']],
  ] as const) {
    it(`refuses a line that is too long ${title}`, () => {
      const reader = lineReader(10);

      const results = chunks.map((chunk) => reader.push(Buffer.from(chunk)));

      expect(results.at(-1)).to.equal(null);
    });
  }

  it('takes a line of the most bytes that are allowed', () => {
    expect(lineReader(10).push(Buffer.from('1234567890\n'))).to.deep.equal(['1234567890']);
  });
});
