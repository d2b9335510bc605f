import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidListError, maxItemBytes } from '../../../../plugin/cluster/http/list-decoder.ts';
import { ProtobufListDecoder } from '../../../../plugin/cluster/protobuf/list-decoder.ts';
import { serviceDecoder } from '../../../../plugin/cluster/protobuf/objects.ts';
import { serviceView } from '../../../../plugin/cluster/projections.ts';
import { bytesOf, objectBytes } from '../../../support/protobuf.ts';

const all = { has: () => true };
const keys = { labels: all, annotations: all, namespaceLabels: all };
const decode = serviceDecoder(() => all);

/** Names of the items, and the rest of the list, of bytes that arrive in chunks of these lengths, which repeat. */
function decodeList(
  bytes: Buffer,
  lengths: readonly number[] = [bytes.length],
): { readonly names: readonly unknown[]; readonly bytes: number; readonly rest: unknown } {
  const names: unknown[] = [];
  let length = 0;
  const decoder = new ProtobufListDecoder((item, size) => {
    names.push(serviceView(item, keys)?.name);
    length += size;
  }, decode);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + Math.max(1, lengths[turn % lengths.length]!);
    decoder.push(bytes.subarray(at, end));
    at = end;
  }
  return { names, bytes: length, rest: JSON.parse(decoder.end()) };
}

function refusal(bytes: Buffer): string {
  try {
    decodeList(bytes);
  } catch (error) {
    if (error instanceof InvalidListError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

function listOf(names: readonly string[], metadata: object = {}): Parameters<typeof objectBytes>[0] {
  const items = names.map((name) => ({ metadata: { name, namespace: 'team' }, spec: { ports: [{ port: 80 }] } }));
  return {
    apiVersion: 'v1',
    kind: 'ServiceList',
    metadata: { resourceVersion: '7', continue: '', ...metadata },
    items,
  };
}

/** A list with other bytes behind its metadata. */
function listWith(more: Buffer | readonly number[]): Buffer {
  const list = Buffer.concat([Buffer.from([0x0a, 0x00]), Buffer.from(more)]);
  const unknown = bytesOf(list, (raw, writer) => {
    writer.writeBytesField(2, raw);
  });
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

/** A field with bytes in it. */
function field(number: number, bytes: Buffer): Buffer {
  return bytesOf(bytes, (value, writer) => {
    writer.writeBytesField(number, value);
  });
}

describe('plugin/cluster/protobuf/list-decoder', () => {
  it('finds the items and the rest of a list, however its bytes are cut into chunks', () => {
    const names = fc.array(fc.string({ minLength: 1 }));
    const chunks = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    const metadata = fc.record({ continue: fc.string(), remainingItemCount: fc.nat() }, { requiredKeys: [] });
    fc.assert(
      fc.property(names, chunks, metadata, (some, lengths, more) => {
        const list = listOf(some, more);
        const bytes = objectBytes(list);

        const found = decodeList(bytes, lengths);

        expect(found.names).to.deep.equal(some);
        expect(found.rest).to.deep.equal({ ...list, items: [] });
        expect(found.bytes)
          .to.be.at.least(some.length * 10)
          .and.at.most(bytes.length);
      }),
    );
  });

  it('rejects every truncated list, and every list followed by more bytes', () => {
    const bytes = objectBytes(listOf(['a', 'b']));

    // Behind the list stand two empty fields of two bytes each.
    for (let length = 0; length < bytes.length; length += 1) refusal(bytes.subarray(0, length));
    for (const more of [[0x00], [0xff], [0x0a], [0x1a, 0x01], [0x7b, 0x7d]])
      refusal(Buffer.concat([bytes, Buffer.from(more)]));
    expect(decodeList(bytes).names).to.deep.equal(['a', 'b']);
  });

  it('throws only InvalidListError for a list with a changed byte', () => {
    const bytes = objectBytes(listOf(['a', 'b', 'c']));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        try {
          decodeList(changed, [7]);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidListError);
        }
      }),
    );
  });

  for (const [title, bytes, says] of [
    ['JSON', Buffer.from('{"kind":"ServiceList"}'), 'not with protobuf but with "{\\"kind\\":\\"ServiceList\\"}"'],
    ['HTML', Buffer.from('<html></html>'), 'not with protobuf but with "<html></html>"'],
    ['an empty response', Buffer.alloc(0), 'with protobuf that is cut off'],
    ['a response without a list', Buffer.from('k8s\0'), 'with protobuf that is cut off'],
    [
      'two lists',
      Buffer.concat([objectBytes(listOf([])), field(2, Buffer.alloc(0))]),
      'with protobuf that cannot be read: two lists',
    ],
    [
      'an item with a length of 64 bits',
      listWith([0x12, ...Array.from({ length: 9 }, () => 0xff), 0x01]),
      'with protobuf that cannot be read: a field that ends behind its message',
    ],
    [
      'an endless length',
      listWith([0x12, ...Array.from({ length: 30 }, () => 0xff)]),
      'with protobuf that cannot be read: bytes that are no field',
    ],
    [
      'a number in place of an item',
      listWith([0x10, 0x01]),
      'with protobuf that cannot be read: a field of wire type 0 in a list',
    ],
    [
      'an item that ends after its list',
      listWith([0x12, 0x10, 0x0a, 0x00]),
      'with protobuf that cannot be read: a field that ends behind its message',
    ],
    [
      'an item that is not a Service',
      listWith(field(2, Buffer.from([0x0a, 0x05, 0x00]))),
      'with protobuf that cannot be read: a length beyond the end',
    ],
    [
      'an item that is too large',
      listWith(field(2, Buffer.alloc(maxItemBytes + 1))),
      'with more than 8388608 bytes in an item',
    ],
    [
      'a list that is too large without its items',
      listWith(Buffer.concat([3, 4].map((number) => field(number, Buffer.alloc(600 * 1024))))),
      'with more than 1048576 bytes in the rest of a list',
    ],
    [
      'more items than any page has',
      listWith(Buffer.alloc(500_002, Buffer.from([0x12, 0x00]))),
      'with more than 250000 items in one page',
    ],
  ] as const) {
    it(`rejects ${title}`, () => {
      expect(refusal(bytes)).to.equal(says);
    });
  }

  it('rejects an item that is too large by its length, without waiting for its bytes', () => {
    const decoder = new ProtobufListDecoder(() => undefined, decode);
    const long = listWith(field(2, Buffer.alloc(maxItemBytes + 1)));

    expect(() => {
      decoder.push(long.subarray(0, 40));
    }).to.throw(InvalidListError, 'with more than 8388608 bytes in an item');
  });
});
