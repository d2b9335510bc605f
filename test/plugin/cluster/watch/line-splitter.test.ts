import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter } from '../../../../plugin/cluster/watch/line-splitter.ts';

describe('plugin/cluster/watch/line-splitter', () => {
  it('yields the same lines wherever the chunks are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '🙂', '\n', '{"x":1}'), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 8 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const splitter = new LineSplitter(1_000);

        const lines = places
          .slice(1)
          .flatMap((end, index) => splitter.push(bytes.subarray(places[index], end)) ?? ['too long']);

        const ended = whole.split('\n').slice(0, -1);
        expect(lines).to.deep.equal(ended.filter((line) => line !== ''));
        expect(splitter.hasPartialLine()).to.equal(!whole.endsWith('\n') && whole !== '');
      }),
    );
  });

  for (const [title, chunks] of [
    ['in one piece', ['12345678901\n']],
    ['in pieces', ['123456', '78901\n']],
    ['without a line break', ['123456', '78901']],
  ] as const) {
    it(`rejects a line that is too long ${title}`, () => {
      const splitter = new LineSplitter(10);

      const results = chunks.map((chunk) => splitter.push(Buffer.from(chunk)));

      expect(results.at(-1)).to.equal(null);
    });
  }

  it('accepts a line of exactly maxBytes, in one chunk and in two', () => {
    const splitter = new LineSplitter(10);

    expect(new LineSplitter(10).push(Buffer.from('1234567890\n'))).to.deep.equal(['1234567890']);
    expect(splitter.push(Buffer.from('1234567890'))).to.deep.equal([]);
    expect(splitter.push(Buffer.from('\n'))).to.deep.equal(['1234567890']);
  });

  it('counts the bytes of each line separately', () => {
    const splitter = new LineSplitter(10);

    expect(splitter.push(Buffer.from('123456\n123456'))).to.deep.equal(['123456']);
    expect(splitter.push(Buffer.from('789\n1234567890\n'))).to.deep.equal(['123456789', '1234567890']);
  });
});
