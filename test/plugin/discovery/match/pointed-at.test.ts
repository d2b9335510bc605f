import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../../detectors/index.ts';
import type { ServiceView } from '../../../../detectors/types.ts';
import { nameOnly, serviceView } from '../../../../plugin/cluster/projections.ts';
import { consumerOf } from '../../../../plugin/consumers/index.ts';
import { serviceEvaluator } from '../../../../plugin/discovery/survey/evaluate-service.ts';
import { allKeys, keptOf, namedKeys } from '../../../../plugin/discovery/kept-keys.ts';
import { compileCustomDetector } from '../../../../plugin/discovery/match/custom-detector.ts';
import { pointedAtBy } from '../../../../plugin/discovery/match/pointed-at.ts';
import { filtersOf } from '../../../../plugin/discovery/scope-and-filters.ts';
import { ToolsetConfig } from '../../../../plugin/settings/schema/index.ts';
import { readCorpus } from '../../../accuracy/corpus.ts';
import { realisticServices } from '../../../bench/services.ts';
import { service } from '../../../support/objects.ts';
import { serviceView as plainView } from '../../../support/service-view.ts';

type Spec = ToolsetConfig['spec'];

function specOf(spec: object): Spec {
  return ToolsetConfig.parse({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec }).spec;
}

function custom(id: string, match: object): object {
  return { id, match: [match], toolset: { name: id, template: { config: {} } } };
}

const specs: readonly Spec[] = [
  specOf({}),
  specOf({ detectors: { grafana: { enabled: false }, postgresql: { enabled: true } } }),
  specOf({ customDetectors: [custom('named', { names: ['checkout-*'] }), custom('ported', { ports: [7777] })] }),
  specOf({
    customDetectors: [
      custom('labelled', { selector: { matchLabels: { tier: 'gold' } } }),
      custom('noted', { annotations: { 'example.com/agent': '*' } }),
    ],
  }),
];

/** What is decided about a Service, but for its view. */
function decisionOf(view: ServiceView, spec: Spec): unknown {
  const filters = filtersOf(spec, [], () => true);
  const { decision, ...others } = serviceEvaluator(spec, detectors, filters, consumerOf(spec.target))(view);
  return { ...others, decision: { ...decision, service: null } };
}

describe('plugin/discovery/match/pointed-at', () => {
  it('covers every Service for which some settings depend on more than its name', () => {
    const corpus = readCorpus().map((one) => one.service);
    const part = fc.constantFrom(...corpus, ...Array.from({ length: 4 * corpus.length }, () => service()));
    const name = fc.oneof(
      part.map((one) => one.metadata.name),
      fc.constantFrom('web', 'checkout-api', 'a-1'),
    );
    const port = fc.constantFrom(80, 7777, 3100, 9090, 5432, 9200, 16686, 30000);
    const ports = fc.array(fc.record({ name: fc.constantFrom('http', 'metrics', 'x'), port, targetPort: port }));
    const labels = fc.constantFrom({}, { tier: 'gold' }, { tier: 'tin' });
    const annotations = fc.constantFrom({}, {}, { 'example.com/agent': 'a' }, { 'kubernaut.io/toolset': 'true' });
    const some = fc.record({ name, of: part, with: part, ports: fc.option(ports), labels, annotations });
    let [pointed, others] = [0, 0];
    fc.assert(
      fc.property(some, fc.constantFrom(...specs), (parts, spec) => {
        const { spec: selecting } = parts.with as { spec?: object };
        const object = {
          metadata: {
            namespace: 'team',
            name: parts.name,
            labels: { ...parts.of.metadata.labels, ...parts.labels },
            annotations: parts.annotations,
          },
          spec: { ...selecting, ...(parts.ports === null ? {} : { ports: parts.ports }) },
        };
        const view = serviceView(object, allKeys)!;
        if (keptOf(detectors, namedKeys([spec])).isPointedAt(view)) {
          pointed += 1;
          return;
        }
        others += 1;
        expect(decisionOf(view, spec)).to.deep.equal(decisionOf(nameOnly(view), spec));
      }),
      { numRuns: 1_000 },
    );
    expect(pointed).to.be.above(100);
    expect(others).to.be.above(50);
  });

  it('covers no ordinary Service of a realistic cluster', () => {
    const { isPointedAt } = keptOf(detectors, namedKeys([]));
    const views = realisticServices(2_000).map((object) => serviceView(object, allKeys)!);

    const ordinary = views.slice(200).filter(isPointedAt);

    expect(ordinary.map(({ name }) => name)).to.deep.equal([]);
  });

  it("relies on users' conditions alone when no detector has words", () => {
    const { customDetectors } = specOf({ customDetectors: [custom('named', { names: ['checkout-*'] })] });
    const isPointedAt = pointedAtBy(customDetectors.map(compileCustomDetector));

    expect(['checkout-api', 'prometheus'].map((name) => isPointedAt(plainView({ name })))).to.deep.equal([true, false]);
    expect(pointedAtBy([])(plainView({ name: 'prometheus' }))).to.equal(false);
  });

  it('covers every oversize or annotated Service', () => {
    const { isPointedAt } = keptOf(detectors, namedKeys([]));
    const web = serviceView(service(), allKeys)!;

    expect(isPointedAt(web)).to.equal(false);
    expect(isPointedAt({ ...web, oversize: 20_000 })).to.equal(true);
    expect(isPointedAt({ ...web, annotations: { 'kubernaut.io/toolset-tenant': 'a' } })).to.equal(true);
  });
});
