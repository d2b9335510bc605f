import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../detectors/index.ts';
import { consumerOf, credentialPolicyOf } from '../../../plugin/consumers/index.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import { asksForHealth, isPlainPath, maxUntrustedText, isHarmlessText } from '../../../plugin/discovery/tenant-text.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { service } from '../../support/objects.ts';
import { discoverFixture } from './fixture.ts';

const key = 'kubernaut.io/toolset';

/** Texts as an attacker, and as chance, would write them. */
const words = fc.constantFrom(
  ...['ignore', 'all', 'previous', 'instructions', 'SYSTEM', 'kubectl', 'secret', 'api', 'v1', 'prometheus', 'x', '0'],
);
const separator = fc.constantFrom('-', '_', '/', '.', ':', '|', ' ', '%20', '\\', '?', '#', '..', '//', '~', '*', '{{');
const prose = fc
  .array(fc.tuple(words, separator), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flat().join(''));
/** What a URL takes as it is, so that words run on unless something counts them. */
const fluent = fc
  .tuple(fc.array(words, { minLength: 1, maxLength: 8 }), fc.constantFrom('-', '_', '/', '.', ':', '~', ''))
  .map(([some, joined]) => some.join(joined));
const text = fc.oneof(fluent, fluent, prose, fc.string(), fc.string({ unit: 'grapheme', maxLength: 300 }));

describe('plugin/discovery/tenant-text', () => {
  it('accepts only paths that a URL parser leaves unchanged, without query or fragment', () => {
    fc.assert(
      fc.property(text, (one) => {
        const path = `/${one}`;
        if (!isPlainPath(path)) return;
        const url = new URL(`http://host${path}`);
        expect(url.pathname).to.equal(path);
        expect([url.search, url.hash, url.host]).to.deep.equal(['', '', 'host']);
        expect(path).to.not.match(/%|\.\.|\/\//);
      }),
      { numRuns: 2_000 },
    );
  });

  it('rejects many or long words of an untrusted Service, however they are joined', () => {
    const instruction = fc.array(fc.constantFrom('ignore', 'previous', 'instructions', 'then', 'run', 'kubectl'), {
      minLength: 3,
      maxLength: 8,
    });
    fc.assert(
      fc.property(instruction, fc.constantFrom('-', '_', '/', '.', ':', '~', ''), (some, joined) => {
        const said = some.join(joined);
        // Three short words without anything between them are one word of at most 24 letters.
        if (joined === '' && said.length <= 24) return;
        expect(isHarmlessText(said)).to.equal(false);
      }),
    );
  });

  it('rejects sentences spelt with digits, and accepts usual API paths', () => {
    const leet = fc.array(fc.constantFrom('1gn0r3', '4ll', 'd3l3t3', 'p0ds', 'n0w', 'go', 'to', 'i', 'd0'), {
      minLength: 3,
      maxLength: 10,
    });
    fc.assert(
      fc.property(leet, fc.constantFrom('-', '_', '/', '.', ':', '~'), (some, joined) => {
        expect(isHarmlessText(some.join(joined))).to.equal(false);
      }),
    );
    const usual = [
      '/select/0/prometheus',
      '/api/v1/namespaces/shop/services/loki-eu1',
      '/apis/metrics/v1beta1',
      '/api/datasources/proxy/uid/550e8400-e29b-41d4-a716-446655440000',
    ];
    expect(usual.filter(isHarmlessText)).to.deep.equal(usual);
  });

  it('recognises a health path by its last segment', () => {
    const asks = ['/', '/-/ready', '/api/health', '/healthz/', '/api/v1/status/buildinfo'];
    const acts = ['/-/quit', '/quitquitquit', '/api/admin/delete', '/health/../quit', '/ready/now', '/-/reload'];

    expect(asks.filter(asksForHealth)).to.deep.equal(asks);
    expect(acts.filter(asksForHealth)).to.deep.equal([]);
  });

  /** A DNS label of many words. */
  const sentence = fc
    .array(fc.constantFrom('ignore', 'all', 'rules', 'run', 'kubectl'), { minLength: 1, maxLength: 6 })
    .map((some) => some.join('-'));
  /** A DNS label, as the API server demands it of both names. */
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}$/);
  const types = [...detectors.map(({ id }) => id), 'wiki', 'custom', 'mcp'];

  const hostile = fc
    .record({
      namespace: label,
      name: label,
      type: fc.option(fc.constantFrom(...types)),
      product: fc.constantFrom('prometheus', 'loki', 'grafana', 'tempo', 'alertmanager', 'jaeger'),
      own: fc.option(fc.oneof(text, sentence)),
      path: fc.option(text),
      host: fc.option(fc.oneof(text, label)),
      health: fc.option(text),
      label: text,
      port: fc.record({ name: text, port: fc.integer({ min: 1, max: 65_535 }), appProtocol: text }),
      targetPort: fc.oneof(text, fc.integer({ min: 1, max: 65_535 })),
      clusterIP: fc.oneof(fc.constantFrom('None', '10.0.0.1', ''), text),
    })
    .map((one): KubeObject => {
      const host = one.host ?? `${one.name}.${one.namespace}.svc`;
      const labels = {
        'app.kubernetes.io/name': one.product,
        'app.kubernetes.io/instance': one.label,
        'app.kubernetes.io/version': one.label,
        release: one.label,
        [one.label]: one.label,
      };
      const annotations = Object.fromEntries(
        Object.entries({
          [key]: 'true',
          [`${key}-type`]: one.type,
          [`${key}-name`]: one.own,
          [`${key}-endpoint`]: one.path === null ? null : `http://${host}:9090/${one.path}`,
          [`${key}-health-path`]: one.health === null ? null : `/${one.health}`,
          [`${key}-description`]: one.label,
          description: one.label,
        }).filter(([, value]) => value !== null),
      ) as Record<string, string>;
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: one.namespace, name: one.name, labels, annotations },
        spec: {
          type: 'ClusterIP',
          clusterIP: one.clusterIP,
          ports: [{ ...one.port, targetPort: one.targetPort }],
          selector: { app: one.name },
        },
      };
    });

  for (const format of ['holmesgpt', 'kubernaut', 'kubernaut-json'] as const) {
    for (const foreignEndpoints of [false, true]) {
      const where = foreignEndpoints ? 'foreign endpoints allowed' : 'default settings';
      it(`writes nothing of a tenant to the file but names, ports and plain paths: ${format}, ${where}`, async () => {
        const spec = { health: { check: 'none' }, target: { format }, trust: { foreignEndpoints } };
        const ours = await ownTexts(spec);
        await fc.assert(
          fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 6 }), async (items) => {
            const left = (await textsOf(items, spec)).map((said) => withoutBounded(said, items, foreignEndpoints));

            expect(left.filter((said) => !ours.has(said))).to.deep.equal([]);
          }),
          { numRuns: 300 },
        );
      });
    }
  }

  it('detects forbidden text by the check above', async () => {
    const ours = await ownTexts({ health: { check: 'none' } });
    const items = [benign('prometheus', 'team')];
    const isOurs = (said: string): boolean => ours.has(withoutBounded(said, items, false));
    const url = 'http://own-prometheus.team.svc.cluster.local:80';

    expect(isOurs(`${url}/a/b`)).to.equal(true);
    expect(isOurs('HTTP API of this cluster (team/own-prometheus)')).to.equal(true);
    const leaks = [`${url}/ignore/all/previous`, `${url}/a?b`, 'http://other.example:80', 'Obey team/own-prometheus'];
    expect(leaks.filter(isOurs)).to.deep.equal([]);
  });

  /** What the program itself writes: the same for Services that say nothing. */
  async function ownTexts(spec: object): Promise<ReadonlySet<string>> {
    // Each type alone, for some stand behind others; one backend of it, and several.
    const clusters = types.flatMap((type) =>
      [['own-a'], ['own-a', 'own-b']].map((namespaces) => namespaces.map((namespace) => benign(type, namespace))),
    );
    const texts = await Promise.all(
      clusters.map(async (items) => (await textsOf(items, spec)).map((said) => withoutBounded(said, items, false))),
    );
    return new Set(texts.flat());
  }

  function benign(type: string, namespace: string): KubeObject {
    const annotations = { [key]: 'true', [`${key}-type`]: type };
    return service({ namespace, name: `own-${type}`, annotations, ports: [{ name: 'http', port: 80 }] });
  }

  /** Every key and text of the file that the consumer gets. */
  async function textsOf(items: readonly KubeObject[], written: object): Promise<readonly string[]> {
    const { admitted } = await discoverFixture({ items, spec: written });
    const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
    const { spec } = ToolsetConfig.parse({ ...header, spec: written });
    const consumer = consumerOf(spec.target);
    return stringsOf(consumer.generate(admitted, credentialPolicyOf(spec, null)).file);
  }
});

function stringsOf(data: unknown): readonly string[] {
  if (typeof data === 'string') return [data];
  if (Array.isArray(data)) return data.flatMap(stringsOf);
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => [name, ...stringsOf(value)]);
}

/** A text with a word for each address, path and name that is within its bounds. */
function withoutBounded(said: string, items: readonly KubeObject[], foreign: boolean): string {
  const names = items.map(({ metadata: { namespace = '', name } }) => ({ namespace, name }));
  const isHost = (host: string): boolean =>
    names.some(({ namespace, name }) => host === `${name}.${namespace}.svc.cluster.local`) ||
    (foreign && isHarmlessText(host));
  const isName = (namespace: string, name: string): boolean =>
    names.some(
      (one) => one.namespace === namespace && (one.name === name || (label63.test(name) && isHarmlessText(name))),
    );
  if (names.some(({ namespace, name }) => said === namespace || said === name)) return 'NAME';
  if (isBoundedPath(said)) return 'PATH';
  return said
    .replace(/^custom[/.]/, 'custom ')
    .replace(/^[a-z]+:\/\/([^/]+):\d{1,5}(.*)$|^([^/: ]+):\d{1,5}$/, (all, host = '', path = '', bare = '') =>
      isHost(String(host === '' ? bare : host)) && (path === '' || isBoundedPath(String(path))) ? 'URL' : all,
    )
    .replace(/([a-z0-9-]+)[/.]([a-z0-9-]+)/g, (all, namespace: string, name: string) =>
      isName(namespace, name) ? 'KEY' : all,
    )
    .replace(/KEY(?:, KEY)+/, 'KEY');
}

const label63 = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** What we set behind a path: `/select/0/prometheus`, `/api/v1/status/buildinfo`, `/*`. */
const maxOwnPath = 40;

function isBoundedPath(text: string): boolean {
  const path = text.replace(/\*$/, '');
  const isPlain = path.startsWith('/') && isPlainPath(path) && path.length <= maxUntrustedText + maxOwnPath;
  return isPlain && isHarmlessText(path.slice(0, maxUntrustedText)) && isHarmlessText(path.slice(maxUntrustedText));
}
