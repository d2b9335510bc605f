import { expect } from 'chai';
import * as fc from 'fast-check';
import { probeReason } from '../../../plugin/cluster/probe/probe-reasons.ts';
import type { Prober } from '../../../plugin/cluster/probe/probe.ts';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import { writeSources } from '../../../plugin/discovery/selection/previous-sources.ts';
import type { Discovery } from '../../../plugin/discovery/discover.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { service, slice } from '../../support/objects.ts';
import { decisionsOf, discoverFixture } from './fixture.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const timeOf = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

const products = ['prometheus', 'loki', 'tempo', 'grafana'] as const;

/** A backend as the cluster says it is, and whether it answers where the plugin runs. */
interface Backend {
  readonly product: (typeof products)[number];
  readonly namespace: string;
  readonly answers: boolean;
}

function objectsOf({ product, namespace }: Backend, changedAt: string): KubeObject[] {
  const labels = { 'app.kubernetes.io/name': product };
  const ports = [{ name: 'http', port: { prometheus: 9090, loki: 3100, tempo: 3200, grafana: 3000 }[product] }];
  const object = service({ namespace, name: product, labels, ports, selector: { app: product } });
  const made = { ...object, metadata: { ...object.metadata, creationTimestamp: changedAt } };
  return [made, slice(made, { ready: 1, changedAt })];
}

function liveOf(sources: Discovery['sources'], madeAt: string): KubeObject {
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${sourcesAnnotation}`]: {} } } };
  const metadata = {
    ...{ namespace: 'holmesgpt', name: 'custom-toolsets-configmap' },
    annotations: { [sourcesAnnotation]: writeSources(sources) },
    managedFields: [{ manager: 'argocd', time: madeAt, fieldsV1 }],
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function urlsOf({ admitted }: Discovery): readonly string[] {
  return admitted.map(({ toolset, endpoint }) => `${toolset} ${endpoint.scheme} ${endpoint.host}`).sort();
}

const fromOutside = { isMadeBySame: () => true };
const unreachable: Prober = ({ target }) => ({ healthy: false, ...probeReason('HostUnknown', { url: target }) });

/** As within the cluster: some answer, and some of those by TLS alone. */
function proberFor(backends: readonly Backend[]): Prober {
  return ({ target }) => {
    const one = backends.find(({ product, namespace }) => target.startsWith(`${product}.${namespace}.`));
    return one?.answers
      ? {
          healthy: true,
          scheme: one.namespace === 'tls' ? 'https' : 'http',
          ...probeReason('Answered', { status: 200, url: target }),
        }
      : { healthy: false, ...probeReason('ConnectionRefused', { url: target }) };
  };
}

const backend = fc.record<Backend>({
  product: fc.constantFrom(...products),
  namespace: fc.constantFrom('a', 'b', 'tls'),
  answers: fc.boolean(),
});

describe('discovery from outside the cluster', () => {
  it('selects exactly what the plugin selected if nothing has changed since', async () => {
    const backends = fc.uniqueArray(backend, {
      maxLength: 6,
      selector: ({ product, namespace }) => product + namespace,
    });

    await fc.assert(
      fc.asyncProperty(backends, fc.boolean(), async (all, probes) => {
        const items = all.flatMap((one) => objectsOf(one, timeOf(0)));
        const inside = await discoverFixture({ items, prober: proberFor(all), spec: { health: { check: 'http' } } });
        const live = liveOf(inside.sources, timeOf(60));

        const outside = await discoverFixture({
          ...{ items: [...items, live], spec: {}, fromOutside },
          prober: probes ? unreachable : null,
        });

        expect(urlsOf(outside)).to.deep.equal(urlsOf(inside));
      }),
      { numRuns: 50 },
    );
  });

  const items = objectsOf({ product: 'loki', namespace: 'a', answers: false }, timeOf(0));
  const seen: readonly (readonly [title: string, live: KubeObject[], isMadeBySame: boolean, decision: string])[] = [
    ['a backend when there is no ConfigMap', [], true, 'selected: ReadyNotProbed'],
    ['a backend newer than the ConfigMap', [liveOf([], timeOf(-60))], true, 'selected: ReadyNotProbed'],
    ['a backend that other settings left out', [liveOf([], timeOf(60))], false, 'selected: ReadyNotProbed'],
    ['a backend that the same settings left out', [liveOf([], timeOf(60))], true, 'unhealthy: NotTakenBefore'],
  ];
  for (const [title, live, isMadeBySame, decision] of seen) {
    it(`decides by readiness, or as the plugin did, on ${title}`, async () => {
      const fixture = { items: [...items, ...live], spec: {}, prober: null };

      const decisions = await decisionsOf({ ...fixture, fromOutside: { isMadeBySame: () => isMadeBySame } });

      expect(decisions['a/loki']).to.equal(decision);
    });
  }

  it('does not report an unreachable backend as unhealthy, but rejects one that answers as another product', async () => {
    const other: Prober = () => ({ healthy: false, ...probeReason('OtherProduct', { url: 'http://l', body: '"x"' }) });
    const fixture = { items, spec: {}, fromOutside };

    expect((await decisionsOf({ ...fixture, prober: unreachable }))['a/loki']).to.equal('selected: ReadyNotReached');
    expect((await decisionsOf({ ...fixture, prober: other }))['a/loki']).to.equal('unhealthy: OtherProduct');
    expect((await decisionsOf({ items, spec: {}, prober: unreachable }))['a/loki']).to.equal('unhealthy: HostUnknown');
  });
});
