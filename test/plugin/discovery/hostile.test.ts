import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { prometheus } from '../../support/objects.ts';
import { decisionsOf } from './fixture.ts';
import { runFixture } from './fixture.ts';

/** Services as no chart writes them, but an API server, or a file, may hold them. */
describe('plugin/discovery/hostile', () => {
  const folder = temporaryFolder();
  const labels = { 'app.kubernetes.io/name': 'prometheus' };

  function odd(metadata: object, spec: object | null | undefined = {}): KubeObject {
    return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'odd', namespace: 'x', labels, ...metadata }, spec };
  }

  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const services: readonly (readonly [string, KubeObject, RegExp])[] = [
    ['no ports', odd({}), /^x\/odd rejected: NoQueryPort/],
    ['no spec', odd({}, null), /^x\/odd rejected: NoQueryPort/],
    ['no labels', odd({ labels: null }, { ports: [{ port: 9090 }] }), /^x\/odd ignored/],
    ['no namespace', odd({ namespace: undefined }, { ports: [{ port: 9090 }] }), /^default\/odd selected/],
    ['no selector', odd({}, { ports: [{ name: 'web', port: 9090 }] }), /^x\/odd selected/],
    [
      'UDP ports only',
      odd({}, { ports: [{ name: 'web', port: 9090, protocol: 'UDP' }] }),
      /^x\/odd rejected: NoQueryPort/,
    ],
    [
      '1,000 ports',
      odd({}, { ports: many(1000, (port) => ({ name: `p${port}`, port: port + 20_001 })) }),
      /^x\/odd denied: ServiceTooLarge/,
    ],
    [
      '1,000 ports and the right one',
      odd(
        {},
        { ports: [...many(1000, (port) => ({ name: `p${port}`, port: port + 20_001 })), { name: 'web', port: 9090 }] },
      ),
      /^x\/odd denied: ServiceTooLarge/,
    ],
    [
      '10,000 labels',
      odd(
        { labels: { ...labels, ...Object.fromEntries(many(10_000, (index) => [`l${index}`, 'prometheus'])) } },
        { ports: [{ port: 9090 }] },
      ),
      /^x\/odd denied: ServiceTooLarge/,
    ],
    [
      'the longest names',
      odd({ name: 'n'.repeat(63), namespace: 's'.repeat(63) }, { ports: [{ port: 9090 }] }),
      /n{63} selected/,
    ],
    ['labels that are not strings', odd({ labels: { app: 1, 'k8s-app': { a: 1 } } }), /^x\/odd ignored/],
    [
      'labels named like properties of every object',
      odd({ labels: { ...labels, __proto__: 'x', constructor: 'y' } }, { ports: [{ port: 9090 }] }),
      /selected/,
    ],
    [
      'an ExternalName',
      odd({}, { type: 'ExternalName', externalName: 'p.example.com' }),
      /^x\/odd (?:rejected|denied)/,
    ],
    ['ports that are not a list', odd({}, { ports: { web: 9090 } }), /^x\/odd rejected/],
    [
      'a named target port on a headless Service',
      odd({}, { clusterIP: 'None', ports: [{ name: 'web', port: 80, targetPort: 'web' }] }),
      /selected/,
    ],
  ];
  for (const [title, item, expected] of services) {
    it(`reports a decision on a Service with ${title}, and still selects the others`, async () => {
      const { code, explanation } = await runFixture(folder, { items: [item, prometheus()] });

      expect(code).to.equal(0);
      const texts = explanation.services.map(
        ({ namespace, name, decision, reason }) => `${namespace}/${name} ${decision}: ${reason}`,
      );
      expect(texts.find((text) => !text.startsWith('monitoring/'))).to.match(expected);
      expect(texts.find((text) => text.startsWith('monitoring/'))).to.match(/^monitoring\/prometheus selected/);
    });
  }

  it('does not fail on any JSON in place of a Service', async () => {
    const word = fc.constantFrom(
      'prometheus',
      'grafana',
      'web',
      'http',
      '',
      'app',
      'None',
      'ExternalName',
      '\u0000',
      '{{',
    );
    const value = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }), fc.integer());
    const map = fc.dictionary(fc.oneof(word, fc.constant('app.kubernetes.io/name')), value, { maxKeys: 4 });
    const metadata = fc.record({
      name: value,
      namespace: value,
      labels: map,
      annotations: map,
      ownerReferences: value,
    });
    const port = fc.record({ name: value, port: value, protocol: value, targetPort: value }, { requiredKeys: [] });
    const spec = fc.record({ type: value, clusterIP: value, selector: map, ports: fc.array(port, { maxLength: 3 }) });
    const object = fc.record(
      { metadata: fc.oneof(metadata, value), spec: fc.oneof(spec, value) },
      { requiredKeys: [] },
    );

    await fc.assert(
      fc.asyncProperty(fc.array(object, { maxLength: 5 }), async (objects) => {
        const items = objects.map((one) => ({ apiVersion: 'v1', kind: 'Service', ...one }) as unknown as KubeObject);
        await decisionsOf({ items });
      }),
      { numRuns: 500 },
    );
  });
});
