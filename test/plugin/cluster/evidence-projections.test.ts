import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../detectors/index.ts';
import type { CustomResource } from '../../../detectors/types.ts';
import {
  fieldValues,
  maxPath,
  objectOf,
  pathOf,
  podObjectOf,
  podView,
} from '../../../plugin/cluster/evidence-projections.ts';
import type { PodKeys } from '../../../plugin/cluster/types.ts';
import { podKeysOfAll } from '../../../plugin/discovery/evidence/question.ts';

const resources = detectors.flatMap((detector) => detector.resources ?? []);
const keys = podKeysOfAll(detectors);
const selector = { app: 'web' };

/** Every type of field, at paths that share their beginning. */
const every: CustomResource = {
  kind: 'Every',
  group: 'example.com',
  resource: 'everies',
  versions: ['v1'],
  namedBy: [],
  fields: {
    path: { at: ['spec', 'web', 'prefix'], as: 'path' },
    urlPath: { at: ['spec', 'web', 'url'], as: 'url path' },
    presence: { at: ['spec', 'web', 'tls'], as: 'presence' },
    flag: { at: ['spec', 'local'], as: 'flag' },
    port: { at: ['spec', 'port'], as: 'port' },
    word: { at: ['spec', 'mode'], as: 'word' },
    words: { at: ['spec', 'features'], as: 'words' },
    names: { at: ['spec', 'tenants'], as: 'names', name: 'tenantName' },
  },
  facts: () => null,
  source: 'https://example.com',
};

/** What a tenant may write in place of any value: half of it nearly right. */
const anything = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withSet: true, withMap: true }),
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    '/',
    '/a',
    '/a/',
    '/a/../b',
    'https://u:p@h/a?t=s#f',
    'true',
    'false',
    true,
    0,
    -1,
    1e9,
    80,
  ),
  fc.stringMatching(/^\/[a-z/.]{0,20}$/),
);

function put(at: readonly string[], value: unknown): unknown {
  return at.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

const container = fc.record(
  {
    image: fc.oneof(anything, fc.constantFrom('quay.io/prometheus/prometheus:v3', 'thanos@sha256:0')),
    command: fc.oneof(anything, fc.array(fc.oneof(anything, fc.constantFrom('query', 'sh', '-c')))),
    args: fc.oneof(anything, fc.array(fc.oneof(anything, argument()))),
    ports: fc.oneof(anything, fc.array(fc.record({ name: anything, containerPort: anything }, { requiredKeys: [] }))),
    readinessProbe: fc.oneof(
      anything,
      fc.record({ httpGet: fc.record({ path: anything, port: anything, scheme: anything }) }),
    ),
    env: anything,
  },
  { requiredKeys: [] },
);

function argument(): fc.Arbitrary<string> {
  const value = fc.oneof(fc.constantFrom('/a', '"/a"', 'true', 'https://u:p@h/a', ''), fc.string());
  return fc
    .tuple(
      fc.constantFrom('-', '--', ''),
      fc.constantFrom(...keys.flags.keys(), 'other'),
      fc.constantFrom('=', ' ', ''),
      value,
    )
    .map((parts) => parts.join(''));
}

function podOf(containers: unknown): unknown {
  return { metadata: { labels: selector }, spec: { containers } };
}

function viewOf(containers: unknown, own: PodKeys = keys): ReturnType<typeof podView> {
  return podView(podOf(containers), { selector }, own);
}

/** The view of one container, or `undefined`. */
function containerOf(container: object): object | undefined {
  return viewOf([container])?.[0];
}

describe('plugin/cluster/evidence-projections', () => {
  for (const type of [every, ...resources]) {
    it(`reads the same from ${type.kind}.${type.group} and its reduced form, whatever its fields hold`, () => {
      const fields = Object.values(type.fields);
      const object = fc
        .tuple(...fields.map(() => anything))
        .map((values) => values.map((value, index) => put(fields[index]!.at, value)));

      fc.assert(
        fc.property(object, (objects) => {
          for (const one of objects) {
            const values = fieldValues(one, type);
            expect(fieldValues(objectOf(values, type), type)).to.deep.equal(values);
            expect(JSON.parse(JSON.stringify(values))).to.deep.equal(values);
          }
        }),
      );
    });
  }

  it('accepts any value as a custom resource or a Pod without throwing', () => {
    fc.assert(
      fc.property(anything, (object) => {
        for (const type of [every, ...resources]) fieldValues(object, type);
        podView(object, { selector }, keys);
        viewOf(object);
        viewOf([object]);
      }),
    );
  });

  it('reads the same from a Pod and from its reduced form, whatever its containers hold', () => {
    fc.assert(
      fc.property(fc.array(container, { maxLength: 4 }), (containers) => {
        const view = viewOf(containers)!;

        const again = podView({ metadata: { labels: selector }, spec: podObjectOf(view) }, { selector }, keys);

        expect(again).to.deep.equal(view);
      }),
    );
  });

  it('keeps at most 16 containers, 256 characters of a path, 63 of a word and 17 names', () => {
    const path = `/${'x'.repeat(maxPath - 1)}`;
    const tenants = Array.from({ length: 5_000 }, (_, index) => ({ tenantName: `t${String(index)}` }));
    const spec = { web: { prefix: path, url: `https://h/${'x'.repeat(5_000)}` }, mode: 'x'.repeat(64), tenants };

    const values = fieldValues({ spec }, every);

    expect(values).to.have.all.keys('path', 'names');
    expect(values.path).to.equal(path);
    expect(values.names).to.have.length(17);
    expect(pathOf(`${path}x`)).to.equal(undefined);
    expect(viewOf(Array.from({ length: 5_000 }, () => ({ image: 'prometheus' })))).to.have.length(16);
    expect(containerOf({ image: `prometheus:${'x'.repeat(2_000)}` })).to.include({ image: '' });
  });

  it('rejects paths that another program could read differently', () => {
    for (const text of [
      'a',
      '//',
      '/a//b',
      '/a/../b',
      '/./a',
      '/%2e',
      '/a b',
      '/a?b',
      '/a#b',
      '/${x}',
      '/{{x}}',
      '/\u202e',
      '/a\n',
    ])
      expect(pathOf(text), JSON.stringify(text)).to.equal(undefined);
  });

  it('ignores a Pod that the selector does not match', () => {
    const own = { metadata: { labels: { app: 'web', team: 'a' } }, spec: { containers: [{ image: 'prometheus' }] } };

    expect(podView(own, { selector: { app: 'web' } }, keys)).to.have.length(1);
    expect(podView(own, { selector: { app: 'other' } }, keys)).to.equal(null);
    expect(podView(own, { selector: { app: 'web', constructor: 'x' } }, keys)).to.equal(null);
    expect(podView(own, { selector: {} }, keys)).to.equal(null);
  });

  const prefix = 'web.route-prefix';
  for (const [title, args, expected] of [
    ['the value after =', [`--${prefix}=/a`], { [prefix]: '/a' }],
    ['a value after one dash', [`-${prefix}=/a`], { [prefix]: '/a' }],
    ['the value in the next argument', [`--${prefix}`, '/a'], { [prefix]: '/a' }],
    ['a quoted value', [`--${prefix}="/a"`], { [prefix]: '/a' }],
    ['the last of two values', [`--${prefix}=/a`, `--${prefix}=/b`], { [prefix]: '/b' }],
    ['the root as an empty path', [`--${prefix}=/`], { [prefix]: '' }],
    ['nothing from a value that is not a path', [`--${prefix}=$(PREFIX)`], {}],
    ['nothing without a value', [`--${prefix}`, '--other'], {}],
    [
      'only the path of a URL with a password',
      ['--web.external-url=https://u:hunter2@h/a?t=hunter2'],
      { 'web.external-url': '/a' },
    ],
    ['nothing from a flag with the same beginning', [`--${prefix}-other=/a`], {}],
    ['nothing from names that every object has', ['--constructor=/a', '--__proto__=/a'], {}],
  ] as const)
    it(`reads from flags ${title}`, () => {
      expect(containerOf({ image: 'prometheus', args })).to.deep.include({ flags: expected });
      expect(containerOf({ image: 'prometheus', command: args })).to.deep.include({ flags: expected });
    });

  it('reads scheme, port and path of a readiness probe, with its port by number or by name', () => {
    const ports = [{ name: 'web', containerPort: 9090 }];
    const readiness = { scheme: 'https', port: 9090, path: '/a/-/ready' };

    for (const port of [9090, 'web']) {
      const httpGet = { scheme: 'HTTPS', port, path: '/a/-/ready' };
      expect(containerOf({ ports, readinessProbe: { httpGet } })).to.deep.include({ readiness });
    }
  });

  it('reads the liveness probe, else the startup probe, where the readiness probe sends no HTTP request', () => {
    const probe = (path: string): unknown => ({ httpGet: { port: 9200, path } });
    const read = (container: object): unknown => viewOf([container])?.[0]?.readiness?.path;

    const all = { readinessProbe: probe('/r'), livenessProbe: probe('/l'), startupProbe: probe('/s') };
    expect(read(all)).to.equal('/r');
    expect(read({ ...all, readinessProbe: { exec: { command: ['true'] } } })).to.equal('/l');
    expect(read({ startupProbe: probe('/s') })).to.equal('/s');
    expect(read({ livenessProbe: { tcpSocket: { port: 9200 } } })).to.equal(undefined);
  });
});
