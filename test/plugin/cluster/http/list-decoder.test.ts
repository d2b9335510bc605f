import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidListError, ListDecoder, maxItemBytes } from '../../../../plugin/cluster/http/list-decoder.ts';

interface Decoded {
  readonly items: readonly unknown[];
  readonly rest: unknown;
}

/** Decodes a text that arrives in chunks of these lengths, which repeat. */
function decode(text: string, lengths: readonly number[] = [text.length]): Decoded {
  const items: unknown[] = [];
  const decoder = new ListDecoder((item) => items.push(item));
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + Math.max(1, lengths[turn % lengths.length]!);
    decoder.push(bytes.subarray(at, end));
    at = end;
  }
  return { items, rest: JSON.parse(decoder.end()) };
}

function refusal(text: string): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof InvalidListError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('plugin/cluster/http/list-decoder', () => {
  it('finds the items that JSON.parse finds, whatever they hold and however the text is cut into chunks', () => {
    const items = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    const others = fc.dictionary(
      fc.string().filter((key) => key !== 'items'),
      fc.jsonValue(),
    );
    const chunks = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    const spaces = fc.constantFrom(0, 1, 2);
    fc.assert(
      fc.property(items, others, others, chunks, spaces, (list, before, after, lengths, space) => {
        const text = JSON.stringify({ ...before, items: list, ...after }, null, space);
        const expected = JSON.parse(text) as Record<string, unknown>;

        const { items: found, rest } = decode(text, lengths);

        expect(found).to.deep.equal(expected.items);
        expect(rest).to.deep.equal({ ...expected, items: list.map(() => 0) });
      }),
    );
  });

  it('rejects every truncated list, and every list followed by more text', () => {
    const text = '{"kind":"ServiceList","items":[{"a":"\\"]}"},{"b":[{"c":{}}]}],"metadata":{"items":[1]}}';

    for (let length = 0; length < text.length; length += 1) refusal(text.slice(0, length));
    for (const more of ['}', ']', '{}', ',', '0', '"', 'x']) refusal(`${text}${more}`);
    expect(decode(text).items).to.have.length(2);
  });

  for (const [title, text, says] of [
    ['HTML', '<html></html>', 'not with JSON but with "<html></html>"'],
    ['an item with a syntax error', '{"items":[{"a":1},{"b":}]}', 'not with JSON but with "{\\"b\\":}"'],
    ['items without commas', '{"items":[{}{}]}', 'not with JSON but with "{\\"items\\":[00]}"'],
    ['an item that is not an object', '{"items":[{},null]}', 'with a list whose items are not objects'],
    ['a number in place of an item', '{"items":[0]}', 'with a list whose items are not objects'],
    ['two arrays of items', '{"items":[{}],"items":[{}]}', 'with a list whose items are not objects'],
    [
      'an item that is too large',
      `{"items":[{"a":"${'x'.repeat(maxItemBytes)}"}]}`,
      'with more than 8388608 bytes in an item',
    ],
    [
      'a list that is too large without its items',
      `{"a":"${'x'.repeat(1024 ** 2)}"}`,
      'with more than 1048576 bytes in the rest of a list',
    ],
  ] as const) {
    it(`rejects ${title}`, () => {
      expect(refusal(text)).to.equal(says);
    });
  }

  it('does not treat arrays of objects elsewhere as items', () => {
    const { items, rest } = decode('{"other":[{"items":[{}]}],"a\\"items":[{}],"items":[{"x":[{}]}]}');

    expect(items).to.deep.equal([{ x: [{}] }]);
    expect(rest).to.deep.equal({ other: [{ items: [{}] }], 'a"items': [{}], items: [0] });
  });
});
