import { expect } from 'chai';
import { loki } from '../../detectors/loki.ts';
import { holmesgpt } from '../../plugin/consumers/holmesgpt/index.ts';
import type { Candidate } from '../../plugin/discovery/decision.ts';
import type { StoreFacts } from '../../plugin/discovery/first-question/facts.ts';
import { trustingAccess } from '../support/access.ts';
import { candidate } from '../support/candidate.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import { minorOf } from './library.ts';
import { backendsOfEach, judgeSuite } from './suite.ts';

const openTelemetry = { namespace: 'k8s_namespace_name', pod: 'k8s_pod_name', container: 'k8s_container_name' };

function facts(change: Partial<StoreFacts>): StoreFacts {
  return { tenants: [], labels: {}, from: {}, ...change };
}

/** What HolmesGPT tells a model of the names that stores have, and what it sends them. */
describe('holmesgpt/stores', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  const lokiWith = (store: StoreFacts): Candidate =>
    candidate('loki/loki', {
      detector: loki,
      toolset: 'grafana/loki',
      entryPoint: loki.entryPoints[0],
      endpoint: { scheme: 'http', host: 'loki.loki.svc', port: 3100, path: '', schemeFrom: 'default' },
      store,
    });

  it('omits the instructions about stores before 0.24', () => {
    const { file } = holmesgpt('0.16.4').generate([lokiWith(facts({ labels: openTelemetry }))], trustingAccess);

    expect(file.toolsets).not.to.have.property('cluster/stores');
  });

  for (const version of holmesVersions.filter((one) => minorOf(one) >= 24))
    it(`${version} loads the instructions, and shows them to the model after those of the toolset`, async () => {
      const consumer = holmesgpt(version);
      const { file } = consumer.generate([lokiWith(facts({ labels: openTelemetry }))], trustingAccess);
      const backend = await start(serveHttp(answers.loki));

      const text = consumer.data(file, 'a', null).a!;
      const verdict = await suite.judges[version].judge(text, { hosts: { 'loki.loki.svc:3100': backend.port } });

      expect(verdict.exception).to.equal(null);
      expect(verdict.toolsets['cluster/stores']).to.include({ enabled: true, status: 'enabled', error: null });
      expect(verdict.toolsets['grafana/loki']).to.include({ enabled: true, status: 'enabled' });
      expect(verdict.prompt).to.contain('Grafana Loki is a multi-tenant log aggregation system');
      expect(verdict.prompt).to.contain(
        '- Toolset grafana/loki: The labels are `k8s_namespace_name` for the namespace, `k8s_pod_name` for the pod, `k8s_container_name` for the container.',
      );
      expect(verdict.prompt).to.contain('Example: `{k8s_namespace_name="my-namespace"}`.');
    });
});
