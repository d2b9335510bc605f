import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../detectors/index.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import { maxServiceText, serviceView } from '../../../plugin/cluster/projections.ts';
import { mergeSlices, sliceView } from '../../../plugin/cluster/slice-projections.ts';
import { consumerOf } from '../../../plugin/consumers/index.ts';
import { serviceEvaluator } from '../../../plugin/discovery/survey/evaluate-service.ts';
import { allKeys, keptKeys, namedKeys } from '../../../plugin/discovery/kept-keys.ts';
import { filtersOf } from '../../../plugin/discovery/scope-and-filters.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import { readCorpus } from '../../accuracy/corpus.ts';
import { service } from '../../support/objects.ts';

const { spec: custom } = ToolsetConfig.parse({
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'ToolsetConfig',
  spec: {
    discovery: { services: { selector: { matchExpressions: [{ key: 'hidden', operator: 'DoesNotExist' }] } } },
    detectors: {
      grafana: { selector: { matchLabels: { tier: 'gold' } }, annotations: { 'example.com/agent': 'yes' } },
    },
    customDetectors: [
      {
        id: 'own',
        match: [{ selector: { matchLabels: { constructor: 'own' } }, annotations: { __proto__: 'x' } }],
        exclude: [{ annotations: { 'example.com/off': 'true' } }],
        toolset: { name: 'own', template: { config: {} } },
      },
    ],
  },
});
const { spec: plain } = ToolsetConfig.parse({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' });

function first(map: Readonly<Record<string, string>>, count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).slice(0, count));
}

/** What is decided about a Service by itself, without the Service. */
function decisionOf(view: ServiceView, spec: typeof custom): unknown {
  const evaluate = serviceEvaluator(
    spec,
    detectors,
    filtersOf(spec, [], () => true),
    consumerOf(spec.target),
  );
  const { candidate, decision } = evaluate(view);
  return JSON.parse(JSON.stringify({ ...candidate, ...decision, service: null }));
}

describe('plugin/discovery/kept-keys', () => {
  it('keeps every key that matters: decisions on the corpus are the same as with all keys', () => {
    const noise = fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), fc.string({ maxLength: 63 }));
    const named = fc.constantFrom({}, { hidden: '' }, { tier: 'gold' }, { tier: 'tin' }, { constructor: 'own' });
    const notes = fc.constantFrom({}, { 'example.com/agent': 'yes' }, { 'example.com/off': 'true' });
    const own = fc.constantFrom({}, { 'kubernaut.io/toolset': 'true' }, { 'kubernaut.io/toolset': 'false' });
    const corpus = fc.constantFrom(...readCorpus().map((one) => one.service));
    const some = fc.record({ of: corpus, noise, named, notes, own, spec: fc.constantFrom(custom, plain) });
    fc.assert(
      fc.property(some, ({ of, noise: others, named: labels, notes: annotations, own: ours, spec }) => {
        const metadata = {
          ...of.metadata,
          labels: { ...others, ...of.metadata.labels, ...labels },
          annotations: { ...others, ...of.metadata.annotations, ...annotations, ...ours },
        };
        const keys = keptKeys(detectors, namedKeys([spec]));

        const kept = serviceView({ ...of, metadata }, keys)!;

        expect(decisionOf(kept, spec)).to.deep.equal(decisionOf(serviceView({ ...of, metadata }, allKeys)!, spec));
      }),
      { numRuns: 500 },
    );
  });

  it('drops every other label and annotation', () => {
    const others = { 'example.com/note': 'x', 'meta.helm.sh/release-namespace': 'web' };
    const object = service({ labels: { ...others, app: 'web' }, annotations: others });

    const { labels, annotations } = serviceView(object, keptKeys(detectors, namedKeys([])))!;

    expect({ labels, annotations }).to.deep.equal({ labels: { app: 'web' }, annotations: {} });
  });

  it('keeps what identifies an installation: resource labels of any operator and deployment annotations', () => {
    const marks = { 'meta.helm.sh/release-name': 'web', 'argocd.argoproj.io/tracking-id': 'web:/Service:a/b' };
    const resource = { 'new.example.com/cluster': 'eu', 'new.example.com/cluster-name': 'eu' };
    const object = service({ labels: { ...marks, ...resource }, annotations: { ...marks, ...resource } });

    const { labels, annotations } = serviceView(object, keptKeys(detectors, namedKeys([])))!;

    expect({ labels, annotations }).to.deep.equal({ labels: resource, annotations: marks });
  });

  it('keeps the keys that the settings of any ConfigMap name', () => {
    const { labels, annotations } = namedKeys([plain, custom]);

    expect([...labels].sort()).to.deep.equal(['constructor', 'hidden', 'tier']);
    expect([...annotations].sort()).to.deep.equal(['example.com/agent', 'example.com/off']);
  });

  it('bounds the number of characters kept, whatever a Service contains', () => {
    const long = fc.string({ minLength: 0, maxLength: 5_000 });
    const keys = fc.constantFrom('app', 'kubernaut.io/toolset', 'role', 'x-role', 'constructor', 'helm.sh/chart');
    const map = fc.dictionary(fc.oneof(keys, fc.string()), fc.oneof(long, fc.jsonValue()));
    const port = fc.record({
      name: long,
      appProtocol: long,
      port: fc.jsonValue(),
      targetPort: fc.oneof(long, fc.nat()),
    });
    const owner = fc.record({ apiVersion: long, kind: long, name: long });
    const metadata = fc.record({
      name: long,
      namespace: long,
      labels: map,
      annotations: map,
      ownerReferences: fc.array(owner),
    });
    const spec = fc.record({ ports: fc.array(port), selector: map, type: long, clusterIP: long, externalName: long });
    fc.assert(
      fc.property(metadata, spec, (some, what) => {
        const view = serviceView({ metadata: some, spec: what }, keptKeys(detectors, namedKeys([])));

        // JSON adds names of fields, quotes and escapes.
        expect(JSON.stringify(view).length).to.be.below(8 * maxServiceText);
      }),
    );
  });

  it('marks a Service with too many entries as oversize, however short they are', () => {
    const make2000 = <T>(make: (index: number) => T): T[] => Array.from({ length: 2_000 }, (_, index) => make(index));
    const short = Object.fromEntries(make2000((index) => [`k${String(index)}`, '']));
    const kinds = ['labels', 'selector', 'ports', 'owners'] as const;
    const withEntries = (kind: (typeof kinds)[number], count: number): object => ({
      metadata: {
        name: 'a',
        labels: kind === 'labels' ? first(short, count) : {},
        ownerReferences: kind === 'owners' ? make2000(() => ({})).slice(0, count) : [],
      },
      spec: {
        selector: kind === 'selector' ? first(short, count) : {},
        ports: kind === 'ports' ? make2000(() => ({})).slice(0, count) : [],
      },
    });

    for (const kind of kinds) {
      const [few, many] = kind === 'selector' ? [50, 65] : [200, 257];
      expect(serviceView(withEntries(kind, many), allKeys)?.oversize, kind).to.be.above(maxServiceText);
      expect(serviceView(withEntries(kind, few), allKeys)?.oversize, kind).to.equal(null);
    }
  });

  it('keeps at most 32 ports of an EndpointSlice and 64 of a Service', () => {
    const labels = { 'kubernetes.io/service-name': 'a' };
    const names = (slice: string): string[] => Array.from({ length: 100 }, (_, index) => `${slice}${String(index)}`);
    const slices = ['p', 'q', 'r'].map((name) => {
      const ports = names(name).map((one, index) => ({ name: one, port: index + 1 }));
      return sliceView({ metadata: { name, namespace: 'x', labels }, ports })!;
    });

    const [merged] = mergeSlices(slices).values();

    expect([...slices[0]!.endpoints.ports!.keys()]).to.deep.equal(names('p').slice(0, 32));
    expect([...merged!.ports!.keys()]).to.deep.equal([...names('p').slice(0, 32), ...names('q').slice(0, 32)]);
  });

  it('does not retain the long string that a short one was cut from', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    const annotated = (index: number): object =>
      service({ name: `web-${index}`, annotations: { 'kubernaut.io/toolset': `${index}${'x'.repeat(250_000)}` } });

    const views = Array.from({ length: 400 }, (_, index) =>
      serviceView(JSON.parse(JSON.stringify(annotated(index))), keptKeys(detectors, namedKeys([]))),
    );

    collect();
    expect(views[0]?.annotations['kubernaut.io/toolset']).to.have.length(513);
    expect((process.memoryUsage().heapUsed - before) / 1024 ** 2).to.be.below(20);
  });
});
