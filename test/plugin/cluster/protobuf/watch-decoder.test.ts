import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidEventError, JsonWatchDecoder, maxEventBytes } from '../../../../plugin/cluster/watch/watch-decoder.ts';
import type { RawEvent, WatchDecoder } from '../../../../plugin/cluster/watch/watch-decoder.ts';
import { serviceView } from '../../../../plugin/cluster/projections.ts';
import { serviceDecoder } from '../../../../plugin/cluster/protobuf/objects.ts';
import { ProtobufWatchDecoder } from '../../../../plugin/cluster/protobuf/watch-decoder.ts';
import { asObject } from '../../../../plugin/lib/json.ts';
import { bytesOf, eventBytes, framed } from '../../../support/protobuf.ts';

const all = { has: () => true };
const keys = { labels: all, annotations: all, namespaceLabels: all };

function events(decoder: WatchDecoder, bytes: Buffer, lengths: readonly number[] = [bytes.length]): RawEvent[] {
  const found: RawEvent[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + Math.max(1, lengths[turn % lengths.length]!);
    found.push(...decoder.push(bytes.subarray(at, end)));
    at = end;
  }
  return found;
}

function protobuf(): ProtobufWatchDecoder {
  return new ProtobufWatchDecoder(serviceDecoder(() => all));
}

/** What is made of an event. */
function seen({ type, object }: RawEvent): unknown {
  const { kind, apiVersion, metadata } = asObject(object);
  return {
    type,
    kind,
    apiVersion,
    resourceVersion: asObject(metadata).resourceVersion,
    view: serviceView(object, keys),
  };
}

function service(name: string, resourceVersion: string): Parameters<typeof eventBytes>[1] {
  const metadata = { name, namespace: 'team', uid: `uid-${name}`, resourceVersion };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ protocol: 'TCP', port: 80 }] } };
}

const gone = { apiVersion: 'v1', kind: 'Status', code: 410, message: 'too old', reason: 'Expired' };

describe('plugin/cluster/protobuf/watch-decoder', () => {
  it('finds the same events as JSON, however the bytes are cut into chunks', () => {
    const types = fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK');
    const sent = fc.array(fc.tuple(types, fc.string({ minLength: 1 }), fc.string({ minLength: 1 })));
    const chunks = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    fc.assert(
      fc.property(sent, chunks, (some, lengths) => {
        const all = some.map(([type, name, version]) => ({ type, object: service(name, version) }));
        const lines = all.map((event) => `${JSON.stringify(event)}\n`).join('');
        const frames = Buffer.concat(all.map(({ type, object }) => eventBytes(type, object)));
        const decoder = protobuf();

        const found = events(decoder, frames, lengths).map(seen);

        expect(found).to.deep.equal(events(new JsonWatchDecoder(), Buffer.from(lines)).map(seen));
        expect(decoder.hasPartialEvent()).to.equal(false);
      }),
    );
  });

  it('reads the Status of an error event', () => {
    const [event] = events(protobuf(), eventBytes('ERROR', { ...gone, details: { retryAfterSeconds: 3 } }));

    expect(event).to.deep.equal({ type: 'ERROR', object: { ...gone, details: { retryAfterSeconds: 3 } } });
  });

  it('recognises that a truncated event has not ended', () => {
    const bytes = eventBytes('ADDED', service('a', '1'));

    for (let length = 1; length < bytes.length; length += 1) {
      const decoder = protobuf();
      expect(events(decoder, bytes.subarray(0, length))).to.deep.equal([]);
      expect(decoder.hasPartialEvent()).to.equal(true);
    }
  });

  const first = eventBytes('ADDED', service('a', '1'));
  const inEvent = (object: Buffer): Buffer =>
    framed(
      bytesOf(
        bytesOf(object, (raw, writer) => {
          writer.writeBytesField(1, raw);
        }),
        (raw, writer) => {
          writer.writeBytesField(2, raw);
        },
      ),
    );
  for (const [title, bytes, says] of [
    [
      'an event that is too long',
      Buffer.from([0x00, 0x80, 0x00, 0x01]),
      `an event of more than ${String(maxEventBytes)} bytes`,
    ],
    ['a frame without an object', framed(Buffer.alloc(0)), 'no magic number'],
    ['an object without the magic number', inEvent(Buffer.from('{"kind":"Service"}')), 'no magic number'],
    ['an object without content', inEvent(Buffer.from('k8s\0')), 'no object'],
    ['an event that ends within a field', framed(Buffer.from([0x0a, 0x05, 0x41])), 'a length beyond the end'],
    ['JSON', Buffer.from('{"type":"ADDED"}\n'), `an event of more than ${String(maxEventBytes)} bytes`],
  ] as const) {
    it(`rejects ${title}, after the events before it`, () => {
      const found: RawEvent[] = [];

      expect(() => {
        for (const event of protobuf().push(Buffer.concat([first, bytes]))) found.push(event);
      }).to.throw(InvalidEventError, says);
      expect(found).to.have.length(1);
    });
  }
});
