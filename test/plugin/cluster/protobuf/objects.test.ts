import { expect } from 'chai';
import fc from 'fast-check';
import { namespaceView, serviceView } from '../../../../plugin/cluster/projections.ts';
import { sliceView } from '../../../../plugin/cluster/slice-projections.ts';
import { unwrapObject } from '../../../../plugin/cluster/protobuf/envelope.ts';
import { InvalidProtobufError } from '../../../../plugin/cluster/protobuf/message-reader.ts';
import type { DecodeObject } from '../../../../plugin/cluster/protobuf/objects.ts';
import { decodeNamespace, decodeSlice, serviceDecoder } from '../../../../plugin/cluster/protobuf/objects.ts';
import { bytesOf, objectBytes } from '../../../support/protobuf.ts';

const kept = new Set(['kept', '__proto__']);
const all = { has: () => true };
const keys = { labels: all, annotations: kept, namespaceLabels: all };

const word = fc.string({ maxLength: 12 });
const key = fc.oneof(word, fc.constantFrom('kept', '__proto__', 'constructor', 'kubernetes.io/service-name'));
const texts = fc.dictionary(key, word);
const time = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map((s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z'));
const metadata = fc.record(
  {
    name: word,
    namespace: word,
    uid: word,
    resourceVersion: word,
    creationTimestamp: time,
    labels: texts,
    annotations: fc.oneof(
      texts,
      time.map((changed) => ({ 'endpoints.kubernetes.io/last-change-trigger-time': changed })),
    ),
    ownerReferences: fc.array(fc.record({ apiVersion: word, kind: word, name: word, uid: word }), { maxLength: 3 }),
    managedFields: fc.array(fc.record({ manager: word, time }, { requiredKeys: [] }), { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'namespace', 'uid', 'resourceVersion'] },
);
const number = fc.integer({ min: 1, max: 65_535 });
const port = fc.record(
  {
    name: word,
    protocol: fc.constantFrom('TCP', 'UDP'),
    port: number,
    targetPort: fc.oneof(number, word),
    nodePort: number,
    appProtocol: word,
  },
  { requiredKeys: ['protocol', 'port'] },
);
const service = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Service'),
  metadata,
  spec: fc.record(
    { ports: fc.array(port, { maxLength: 3 }), selector: texts, clusterIP: word, type: word, externalName: word },
    { requiredKeys: [] },
  ),
});
const endpoint = fc.record(
  {
    addresses: fc.array(word, { maxLength: 2 }),
    conditions: fc.record({ ready: fc.boolean(), serving: fc.boolean() }, { requiredKeys: [] }),
    targetRef: fc.record({ kind: fc.constantFrom('Pod', 'Node'), namespace: word, name: word }),
  },
  { requiredKeys: ['addresses'] },
);
const slice = fc.record({
  apiVersion: fc.constant('discovery.k8s.io/v1'),
  kind: fc.constant('EndpointSlice'),
  metadata,
  addressType: fc.constant('IPv4'),
  endpoints: fc.array(endpoint, { maxLength: 4 }),
  ports: fc.array(fc.record({ name: word, port: number }, { requiredKeys: [] }), { maxLength: 40 }),
});
const namespace = fc.record({ apiVersion: fc.constant('v1'), kind: fc.constant('Namespace'), metadata });

const decodeService = serviceDecoder(() => kept);
const kinds: readonly [string, fc.Arbitrary<object>, DecodeObject, (object: unknown) => unknown][] = [
  ['Services', service, decodeService, (object) => serviceView(object, keys)],
  ['EndpointSlices', slice, decodeSlice, sliceView],
  ['Namespaces', namespace, decodeNamespace, (object) => namespaceView(object, keys)],
];

describe('plugin/cluster/protobuf/objects', () => {
  for (const [title, objects, decode, view] of kinds) {
    it(`yields the same views of ${title} as JSON`, () => {
      fc.assert(
        fc.property(objects, (object) => {
          const read = unwrapObject(objectBytes({ ...object }), decode);

          expect(view(read)).to.deep.equal(view(object));
        }),
      );
    });

    it(`throws only InvalidProtobufError for ${title} with changed bytes`, () => {
      const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(objects, changes, (object, some) => {
          const bytes = objectBytes({ ...object });
          for (const [at, byte] of some) bytes[at % bytes.length] = byte;

          try {
            view(unwrapObject(bytes, decode));
          } catch (error) {
            expect(error).to.be.instanceOf(InvalidProtobufError);
          }
        }),
      );
    });

    it(`rejects truncated ${title}`, () => {
      const [object] = fc.sample(objects, { numRuns: 1, seed: 7 });
      const bytes = objectBytes({ ...object });
      // What follows the object are two empty fields of two bytes each.
      for (let length = 0; length < bytes.length - 4; length += 1) {
        expect(() => unwrapObject(bytes.subarray(0, length), decode), String(length)).to.throw(InvalidProtobufError);
      }
    });
  }

  it('counts the size of a Service as JSON does, around the limit beyond which it is not evaluated', () => {
    const sizes = Array.from({ length: 80 }, (_, index) => 16_000 + 8 * index);
    const oversize = sizes.map((length) => {
      const object = {
        ...{ apiVersion: 'v1', kind: 'Service' },
        metadata: { name: 'a', namespace: 'b', labels: { l: 'x'.repeat(length - 300) } },
        spec: {
          ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'web', nodePort: 30_080 }],
          type: 'NodePort',
        },
      };
      const views = [object, unwrapObject(objectBytes(object), decodeService)].map((one) => serviceView(one, keys));
      expect(views[0]).to.deep.equal(views[1]);
      return views[0]?.oversize !== null;
    });

    expect(oversize).to.include(true).and.to.include(false);
  });

  const nested = (depth: number): Buffer =>
    depth === 0
      ? Buffer.alloc(0)
      : bytesOf(nested(depth - 1), (inner, writer) => {
          writer.writeBytesField(2, inner);
        });
  for (const [title, bytes, says] of [
    ['a string beyond its end', [0x0a, 0x03, 0x0a, 0x7f, 0x61], /length beyond the end/],
    ['a message that ends within a field', [0x0a, 0x02, 0x0a, 0x01, 0x61], /ends behind its message/],
    ['a length of ten bytes', [0x0a, ...Array.from({ length: 9 }, () => 0xff), 0x01], /length beyond the end/],
    ['an endless varint', [0x0a, ...Array.from({ length: 12 }, () => 0xff)], /varint/],
    ['a field without a number', [0x0a, 0x01, 0x00], /without a valid number/],
    ['a field with a number of 33 bits', [0x8a, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00], /without a valid number/],
    ['a group', [0x3b, 0x3c], /Unimplemented type/],
    ['a number in place of metadata', [0x08, 0x01], /wire type 0, not 2/],
    ['a string in place of a number', [0x12, 0x04, 0x0a, 0x02, 0x1a, 0x00], /wire type 2, not 0/],
  ] as const) {
    it(`rejects ${title}`, () => {
      expect(() => decodeService(Buffer.from(bytes))).to.throw(InvalidProtobufError, says);
    });
  }

  it('does not follow messages nested deeper than its objects', () => {
    const deep = nested(2_000);

    for (const decode of [decodeService, decodeNamespace]) expect(decode(deep)).to.be.an('object');
    // At the depth of an endpoint's conditions, this field is a number.
    expect(() => decodeSlice(deep)).to.throw(InvalidProtobufError, /wire type 2, not 0/);
  });
});
