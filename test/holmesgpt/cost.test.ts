import { expect } from 'chai';
import { costsOf } from '../../plugin/consumers/cost.ts';
import type { EntryCost, ToolsetFile } from '../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../plugin/consumers/holmesgpt/index.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import { example } from './products.ts';
import type { Verdict } from './judge.ts';
import type { Generated, Placed } from './suite.ts';
import { backendsOfEach, hostsOf, judged, judgeSuite } from './suite.ts';

const served = {
  prometheus: answers.prometheus,
  grafana: answers.grafana(),
  loki: answers.loki,
  tempo: answers.tempo,
  elasticsearch: answers.elasticsearch,
  victorialogs: answers.victorialogs,
  alertmanager: answers.alertmanager,
} as const;

/** What we say that toolsets cost, beside what the real HolmesGPT makes of them once it has asked their backends. */
describe('holmesgpt/cost', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  async function placed(services: readonly KubeObject[], id: keyof typeof served, port: number): Promise<Placed[]> {
    return Promise.all(
      services.map(async (one) => ({ service: one, port, backend: await start(serveHttp(served[id])) })),
    );
  }

  for (const version of ['0.16', '0.45']) {
    it(`${version} has the predicted cost for every enabled toolset, by default or with a backend`, async () => {
      const ids = Object.keys(served) as (keyof typeof served)[];
      const all = await Promise.all(
        ids.map(async (id) => {
          const { service: one, port } = example(id);
          return { service: one, port, backend: await start(serveHttp(served[id])) };
        }),
      );

      const generated = await suite.generate(
        { version },
        all.map((one) => one.service),
      );
      const verdict = await judged(suite, generated, { hosts: hostsOf(...all), isMeasured: true });

      const { ours, theirs } = compared(generated, verdict);
      expect(Object.keys(ours)).to.include.members(['prometheus/metrics', 'grafana/tempo', 'grafana/loki']);
      for (const [name, cost] of Object.entries(theirs)) assertClose(name, ours[name]!, cost);
    });
  }

  for (const count of [2, 3]) {
    it(`0.45 has the predicted cost for ${String(count)} instances, whose instructions are repeated`, async () => {
      const services = ['a', 'b', 'c'].slice(0, count).map((namespace) => labelled('tempo', namespace, 3200));
      const tempo = await placed(services, 'tempo', 3200);

      const generated = await suite.generate({}, services);
      const verdict = await judged(suite, generated, { hosts: hostsOf(...tempo), isMeasured: true });

      const { ours, theirs } = compared(generated, verdict);
      assertClose('grafana/tempo', ours['grafana/tempo']!, theirs['grafana/tempo']!);
      expect(verdict.toolsets['grafana/tempo']!.cost!.instructions).to.be.greaterThan(count * 2_500);
    });
  }

  it('0.45 has the predicted cost for a toolset from Git with its own tools and instructions', async () => {
    const tools = [
      { name: 'list_pods', description: 'Lists pods of a namespace', command: 'kubectl get pods -n {{ namespace }}' },
      {
        name: 'describe',
        description: 'Describes "one" object',
        command: 'kubectl describe {{ kind }} {{ name }}',
        parameters: { kind: { description: 'Its kind', type: 'string' }, name: { required: false } },
      },
    ];
    const own = { description: 'Pods', llm_instructions: 'Look at pods first. '.repeat(20), tools };
    const files = { 'overrides.yaml': { toolsets: { 'own/pods': own } } };

    const generated = await suite.generate({ files }, []);
    const verdict = await judged(suite, generated, { isMeasured: true });

    const { ours, theirs } = compared(generated, verdict);
    assertClose('own/pods', ours['own/pods']!, theirs['own/pods']!);
  });
});

type CostsByName = Readonly<Record<string, EntryCost>>;

function compared(
  { file, version }: Generated,
  { toolsets }: Verdict,
): { readonly ours: CostsByName; readonly theirs: CostsByName } {
  const costs = costsOf(holmesgpt(version), { mcp_servers: {}, ...file } as unknown as ToolsetFile)!;
  const on = Object.entries(toolsets).filter(([, { status }]) => status === 'enabled');
  return {
    ours: Object.fromEntries(costs.toolsets.flatMap(({ name, cost }) => (cost ? [[name, cost]] : []))),
    theirs: Object.fromEntries(
      on.map(([name, { cost }]) => [name, { tools: cost!.tools, tokens: cost!.schemas + cost!.instructions }]),
    ),
  };
}

/** A percent, and a few tokens for names: a Service's is longer or shorter than the one that was measured. */
function assertClose(name: string, ours: EntryCost, theirs: EntryCost): void {
  expect(ours.tools, name).to.equal(theirs.tools);
  expect(ours.tokens, name).to.be.closeTo(theirs.tokens, 15 + theirs.tokens / 100);
}

function labelled(product: string, namespace: string, port: number): KubeObject {
  const labels = { 'app.kubernetes.io/name': product };
  return service({ namespace, name: product, labels, ports: [{ name: 'http', port }] });
}
