import { expect } from 'chai';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { maxSourcesText, writeSources } from '../../../plugin/discovery/selection/previous-sources.ts';
import { prometheus, service, slice } from '../../support/objects.ts';
import { discoverFixture, runFixture } from './fixture.ts';

/** A tenant who wants the ConfigMap of all to become too large, or the time to run out. */
describe('plugin/discovery/poisoning-floods', () => {
  const folder = temporaryFolder();
  const spec = { trust: { namespaces: ['monitoring'] } };
  const limitBytes = 900 * 1024;
  const annotationBytes = 256 * 1024;

  function longest(prefix: string): string {
    return prefix.padEnd(63, 'x');
  }

  /** With names, types and endpoints that make each as large as it can be. */
  function flood(namespace: string, count: number): KubeObject[] {
    return Array.from({ length: count }, (_, index) => {
      const name = longest(`s${String(index)}-`);
      const path = '/api'.repeat(16);
      const types = ['custom', 'prometheus', 'alertmanager', 'victorialogs'];
      const annotations = {
        'kubernaut.io/toolset': 'true',
        'kubernaut.io/toolset-type': types[index % types.length]!,
        'kubernaut.io/toolset-name': `s${String(index)}-${'x'.repeat(24)}`,
        'kubernaut.io/toolset-endpoint': `http://${name}.${namespace}.svc:9090${path}`,
      };
      return service({ namespace, name, annotations, ports: [{ name: 'web', port: 9090 }] });
    });
  }

  /** Of four namespaces: named or not what they are, with the longest names. */
  function others(letters: string, each: number, labels: Readonly<Record<string, string>>): KubeObject[] {
    return letters.split(' ').flatMap((letter) =>
      Array.from({ length: each }, (_, index) =>
        service({
          namespace: longest(`${letter}-`),
          name: longest(`metrics-${String(index)}-`),
          labels,
          ports: [{ name: 'web', port: 9090 }],
        }),
      ),
    );
  }

  const configMap: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' },
  };

  function sizeOf(annotations: Readonly<Record<string, string>> = {}): number {
    return Object.entries(annotations).reduce((size, entry) => size + Buffer.byteLength(entry.join('')), 0);
  }

  it('survives 5,000 Services with maximal names in one namespace: keeps the real backend and denies the rest', async () => {
    const { code, text, toolsets, explanation } = await runFixture(folder, {
      spec,
      items: [...flood(longest('aaa-'), 5_000), prometheus()],
    });

    expect(code).to.equal(0);
    expect(Buffer.byteLength(text)).to.be.below(limitBytes);
    expect(JSON.stringify(toolsets['prometheus/metrics'])).to.include('http://prometheus.monitoring.svc');
    const denied = explanation.services.filter(({ decision }) => decision === 'denied');
    expect(denied.length).to.be.at.least(4_900);
    expect(new Set(denied.map(({ reason }) => reason))).to.include('NamespaceLimit');
    expect(explanation.warnings.map(({ code }) => code)).to.deep.equal(['NAMESPACE_CROWDED']);
  });

  it('survives 100 namespaces with 50 such Services each', async () => {
    const namespaces = Array.from({ length: 100 }, (_, index) => longest(`n${String(index)}-`));
    const items = [...namespaces.flatMap((namespace) => flood(namespace, 50)), prometheus()];

    const { code, text, manifest, toolsets, explanation } = await runFixture(folder, { spec, items });

    expect(code).to.equal(0);
    expect(Buffer.byteLength(text)).to.be.below(limitBytes);
    expect(sizeOf(manifest.metadata.annotations)).to.be.below(annotationBytes);
    expect(JSON.stringify(toolsets['prometheus/metrics'])).to.include('http://prometheus.monitoring.svc');
    expect(explanation.services.filter(({ decision }) => decision === 'selected').length).to.be.at.most(401);
  });

  it('survives four namespaces whose Services fill in a large or deep template of the settings', async () => {
    const services = ['a', 'b', 'c', 'd'].flatMap((namespace) =>
      Array.from({ length: 100 }, (_, index) => service({ namespace, name: longest(`s${String(index)}-`) })),
    );
    const fair = service({ namespace: 'z', name: longest('s-') });
    const flat = { text: 'x'.repeat(6_000) };
    const deep = Array.from({ length: 45 }).reduce<object>(
      (inner) => ({ a: inner }),
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${String(index)}`, 1])),
    );
    const filled = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${String(index)}`, '${url}']));
    for (const config of [flat, deep, filled, {}]) {
      const toolset = { name: `\${namespace}${'-${name}'.repeat(12)}`, template: { type: 'http', config } };
      const own = { id: 'own', match: [{ names: ['s*'] }], toolset };

      const { code, text, manifest, toolsets, decisionOf } = await runFixture(folder, {
        spec: { ...spec, customDetectors: [own] },
        items: [...services, fair, prometheus()],
      });

      expect(code).to.equal(0);
      expect(Buffer.byteLength(text)).to.be.below(limitBytes);
      expect(sizeOf(manifest.metadata.annotations)).to.be.below(annotationBytes);
      expect(JSON.stringify(toolsets['prometheus/metrics'])).to.include('http://prometheus.monitoring.svc');
      expect(decisionOf(`z/${fair.metadata.name}`)).to.match(/^selected/);
    }
  });

  it('rejects annotations as too large only because of settings in Git, never because of Services', async () => {
    const items = ['a-', 'b-', 'c-', 'd-'].map(longest).flatMap((namespace) => flood(namespace, 100));
    const withSettings = (count: number): object => ({
      ...spec,
      customDetectors: Array.from({ length: count }, (_, index) => ({
        id: `d${String(index)}`,
        match: [{ names: ['none'] }],
        toolset: { name: `n${String(index)}`, template: { type: 'http', config: { text: 'x'.repeat(9_900) } } },
      })),
    });

    const { code, manifest } = await runFixture(folder, { spec: withSettings(3), items });
    expect(code).to.equal(0);
    expect(sizeOf(manifest.metadata.annotations)).to.be.below(annotationBytes);
    for (const some of [[prometheus()], items]) {
      const { stderr } = await runFixture(folder, { spec: withSettings(7), items: some });
      expect(stderr).to.include("would take 69 KB of the ConfigMap's annotations, more than 40 KB");
    }
  });

  it("keeps the annotations below the API server's limit with evicted and unproved backends and maximal settings", async () => {
    const labels = { 'app.kubernetes.io/name': 'prometheus' };
    const items = others('a b c d', 100, labels);
    const evicted = others('e f g h', 25, labels);
    const suspects = others('s t u v', 25, {});
    const proofs = 'resource:scheme+port+path pods:scheme+port+path probe:path+host';
    const told = ({ metadata: { namespace = '', name } }: KubeObject, ...words: string[]): string => {
      const url = `https://${name}.${namespace}.svc.cluster.local:9090${'/api'.repeat(16)}`;
      return `  ${namespace}/${name} ${words.includes('not-proved') ? '-' : url} ${words.join(' ')}`;
    };
    const lines = [
      'prometheus/metrics:',
      ...items.map((one) => told(one, 'needs-credential', proofs)),
      ...evicted.map((one) => told(one, 'needs-credential', proofs, 'evicted')),
      ...suspects.map((one) => told(one, 'resource pods probe', 'not-proved')),
    ];
    const live = {
      ...configMap,
      metadata: { ...configMap.metadata, annotations: { 'kubernaut.io/toolset-sources': lines.join('\n') } },
    };
    const { sources, admitted } = await discoverFixture({
      items: [
        ...[...items, ...suspects].flatMap((one) => [one, slice(one)]),
        ...evicted.flatMap((one) => [one, slice(one, { ready: 0, notReady: 1, changedAt: '2020-01-01T00:00:00Z' })]),
        live,
      ],
      spec: { health: { check: 'readiness' } },
    });

    const text = writeSources(sources);
    const counts = Map.groupBy(sources, ({ state }) => state);
    expect(admitted).to.have.length(400);
    expect(text.length).to.be.below(maxSourcesText);
    // What Git and the warnings may add.
    expect(text.length + 40 * 1024 + 13 * 1024).to.be.below(annotationBytes);
    const namespaces = counts.get('evicted')!.map(({ candidate }) => candidate.service.namespace);
    expect(namespaces).to.include.members(evicted.map(({ metadata }) => metadata.namespace));
  });

  it('keeps a backend that was in the ConfigMap before the flood', async () => {
    const own = prometheus('zzz', 'prometheus');
    const before = await runFixture(folder, { spec, items: [own] });

    const { decisionOf } = await runFixture(folder, {
      spec,
      items: [...flood('zzz', 500), own],
      live: before.manifest,
    });

    expect(decisionOf('zzz/prometheus')).to.match(/^selected/);
  });

  it('does not limit the backends of a trusted namespace', async () => {
    const many = Array.from({ length: 150 }, (_, index) => prometheus('monitoring', `prometheus-${String(index)}`));
    const items = many.map((one) => ({
      ...one,
      spec: { ...(one.spec as object), selector: { app: one.metadata.name } },
    }));

    const { explanation } = await runFixture(folder, { spec, items });

    expect(explanation.services.filter(({ decision }) => decision === 'selected')).to.have.length(150);
  });
});
