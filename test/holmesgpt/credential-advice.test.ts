import { expect } from 'chai';
import { parse } from 'yaml';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import type { Answer } from './backends/server.ts';
import { example } from './products.ts';
import type { Example } from './products.ts';
import { detectors } from '../../detectors/index.ts';
import { holmesgpt } from '../../plugin/consumers/holmesgpt/index.ts';
import { candidate } from '../support/candidate.ts';
import { backendsOfEach, differences, hostsOf, ignoredKeys, judged, judgeSuite } from './suite.ts';

/** What CREDENTIAL_MISSING says, copied into the settings: the real HolmesGPT then sends what it should. */
describe('holmesgpt/credential-advice', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  const cases: readonly (readonly [string, string, Example, Answer, readonly string[]])[] = [
    ['prometheus', 'prometheus/metrics', example('prometheus'), answers.prometheus, ['0.16', '0.45']],
    ['grafana', 'grafana/dashboards', example('grafana'), answers.grafana(), ['0.16', '0.45']],
    ['loki', 'grafana/loki', example('loki', { name: 'loki' }), answers.loki, ['0.16', '0.45']],
    ['tempo', 'grafana/tempo', example('tempo'), answers.tempo, ['0.16', '0.45']],
    ['elasticsearch', 'elasticsearch/data', example('elasticsearch'), answers.elasticsearch, ['0.45']],
    ['victorialogs', 'victorialogs', example('victorialogs'), answers.victorialogs, ['0.45']],
    ['alertmanager', 'alertmanager', example('alertmanager'), answers.alertmanager, ['0.45']],
  ];
  for (const [id, toolset, at, answer, versions] of cases) {
    for (const version of versions) {
      it(`sends the credential as advised for ${id} in ${version}`, async () => {
        const backend = await start(serveHttp(answer));
        const advice = adviceFor(toolset, version);

        const spec = { credentials: advice, trust: { namespaces: [at.service.metadata.namespace] } };
        const generated = await suite.generate({ version, spec }, [at.service]);
        const env = Object.fromEntries(
          [...JSON.stringify(advice).matchAll(/env\.(\w+)/g)].map(([, variable = '']) => [variable, 'the-s3cret']),
        );
        const verdict = await judged(suite, generated, { hosts: hostsOf({ ...at, backend }), env });

        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        const basic = `Basic ${Buffer.from('the-s3cret:the-s3cret').toString('base64')}`;
        expect(backend.received.map(({ headers }) => headers.authorization)).to.satisfy((sent: readonly string[]) =>
          sent.every((one) => one === 'Bearer the-s3cret' || one === basic),
        );
        expect(backend.received).to.not.be.empty;
      });
    }
  }
});

/** The map that the message has after `spec.credentials:`. */
function adviceFor(toolset: string, version: string): object {
  const detector = detectors.find((one) => one.toolset === toolset)!;
  const backend = candidate('a/b', { toolset, detector, entryPoint: { name: '' }, needsCredential: true });
  const access = { credentials: {}, isTrusted: () => false, certificates: 'public', clusterDomain: 'x' } as const;
  const [missing] = holmesgpt(version).generate([backend], access).unusable;
  const [, text = ''] =
    /spec\.credentials: (\{.*\}) and add a to spec\.trust\.namespaces$/.exec(missing!.message) ?? [];
  return parse(text) as object;
}
