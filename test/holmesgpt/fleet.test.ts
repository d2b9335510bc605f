import { expect } from 'chai';
import { parse } from 'yaml';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { combined } from '../support/fleet.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import { backendsOfEach, differences, ignoredKeys, judged, judgeSuite } from './suite.ts';
import type { Generated } from './suite.ts';

const target = { urls: 'http://gateway.example.com:8080/${cluster}/${namespace}/${name}${path}' };

/** One ConfigMap of several clusters, whose backends are asked through a gateway. */
describe('holmesgpt/fleet', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  for (const version of ['0.32', '0.45']) {
    for (const [title, clusters] of [
      ['each instance', ['spoke-1', 'spoke-2']],
      ['the only instance', ['spoke-1']],
    ] as const) {
      it(`${version} names ${title} after its cluster and queries it through the gateway`, async () => {
        const perCluster = clusters.map((cluster) => answers.promql(`/${cluster}/m/prometheus`));
        const gateway = await start(
          serveHttp((request) => perCluster.map((answer) => answer(request)).find((one) => one !== null) ?? null),
        );
        const objects = {
          'spoke-1': [],
          'spoke-2': [],
          ...Object.fromEntries(clusters.map((one) => [one, [prometheus]])),
        };

        const { configMap } = await combined({ clusters: objects, spec: { target: { ...target, version } } });
        const text = configMap.data['custom_toolset.yaml']!;
        const file = parse(text, { version: '1.1' }) as Generated['file'];
        const generated = { version, text, file, stderr: '' };
        const verdict = await judged(suite, generated, { hosts: { 'gateway.example.com:8080': gateway.port } });

        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        const { effective, offline } = verdict.toolsets['prometheus/metrics']!;
        expect(offline).to.deep.equal({});
        expect(Object.keys(effective).sort()).to.deep.equal(clusters.map((cluster) => `${cluster}/m/prometheus`));
        const paths = gateway.asked.flatMap((one) => /spoke-\d/.exec(one)?.[0] ?? []);
        expect([...new Set(paths)].sort()).to.deep.equal([...clusters]);
      });
    }
  }

  const prometheus: KubeObject = service({
    namespace: 'm',
    name: 'prometheus',
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    ports: [{ name: 'web', port: 9090 }],
  });
});
