import { expect } from 'chai';
import { addedBy } from '../../../../tools/add-report.ts';
import { temporaryFolder } from '../../../../support/folder.ts';
import { pod, recording, service, slice } from '../../../../support/objects.ts';
import type { Outcome } from '../../../../support/run.ts';
import { reported, runHere } from '../../../../support/run.ts';

const labels = { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/instance': 'acme-prod' };
const objects = [
  service({ namespace: 'payments', name: 'acme-prometheus-server', labels }),
  service({ namespace: 'billing', name: 'acme-prometheus-server', labels }),
];

/** A Prometheus of an operator below a path, and one whose path its Pod tells. */
const selector = { 'operator.prometheus.io/name': 'eyes' };
const plain = service({
  namespace: 'payments',
  name: 'acme-prometheus',
  labels,
  ports: [{ name: 'web', port: 9090 }],
  selector: { app: 'acme' },
});
const eyes = service({
  namespace: 'payments',
  name: 'acme-eyes',
  labels,
  ports: [{ name: 'web', port: 9090 }],
  selector,
});
const target = { kind: 'Pod', namespace: 'payments', name: 'acme-prometheus-0' };
const byEvidence = [
  eyes,
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: { namespace: 'payments', name: 'eyes', annotations: { note: 'hunter2' } },
    spec: { routePrefix: '/payments/eyes', retention: 'hunter2' },
  },
  plain,
  slice(eyes),
  {
    ...slice(plain),
    endpoints: [{ addresses: ['10.1.0.7'], conditions: { ready: true }, targetRef: target }],
    ports: [{ name: 'web', port: 9090 }],
  },
  pod({
    namespace: 'payments',
    name: 'acme-prometheus-0',
    labels: { app: 'acme' },
    image: 'registry.acme/prometheus',
    args: ['--web.route-prefix=/teams/prometheus', '--token=hunter2'],
    ports: [{ name: 'inner', containerPort: 9090 }],
  }),
];

describe('explain SERVICE --report', () => {
  const folder = temporaryFolder();
  const explain = async (...args: readonly string[]): Promise<Outcome> => {
    const path = await folder.write('cluster.json', recording(...objects));
    return runHere(['explain', '--path', folder.path, '--snapshot', path, ...args]);
  };
  const report = async (): Promise<string> => (await explain('payments/acme-prometheus-server', '--report')).stdout;

  it('replaces unknown words in prefixed names, and keeps those that occur in rules', async () => {
    const text = await report();

    expect(text).to.match(/service: "?[a-z]{8}\/[a-z]{4}-prometheus-server"?\n/);
    expect(text).to.include('version: "1.2.3"').and.to.include('HolmesGPT');
    expect(text).not.to.match(/acme|payments|billing/);
  });

  for (const { args, message } of [
    { args: ['--report'], message: '--report needs a Service' },
    {
      args: ['acme-prometheus-server', '--report'],
      message:
        'several Services are called "acme-prometheus-server": billing/acme-prometheus-server or payments/acme-prometheus-server',
    },
    {
      args: ['payments/acme-prometheus-server', '--report', '--all'],
      message: '--report cannot be combined with --all: a report is Markdown about one Service',
    },
    { args: ['nowhere', '--report'], message: 'there is no Service "nowhere"' },
  ]) {
    it(`rejects ${args.join(' ')}`, async () => {
      const outcome = await explain(...args);

      expect(outcome.code).to.equal(2);
      expect(reported(outcome)).to.deep.include({ code: 'USAGE', message });
    });
  }

  const proved = async (): Promise<string> => {
    const path = await folder.write('evidence.json', recording(...byEvidence));
    return (await runHere(['explain', '--path', folder.path, '--snapshot', path, 'acme-eyes', '--report'])).stdout;
  };

  it('contains the custom resource and the Pod that decided, reduced and anonymised, and decides by them', async () => {
    const text = await proved();

    expect(text).to.include('exactly as the original ones').and.not.to.include('The run decided by more');
    expect(text)
      .to.match(/path: "?\/[a-z]{8}\/[a-z]{4}"?\n/)
      .and.to.match(/kind: "?Prometheus"?\n/);
    expect(text).to.match(/--web\.route-prefix=\/[a-z]{5}\/prometheus/);
    expect(text).not.to.match(/acme|payments|eyes|hunter2|sidecar-image|retention|teams|inner|10\.1\./);
  });

  it('becomes entries of the corpus once the answer is filled in', async () => {
    const answered = (await report()).replace(
      'type: FILL-IN',
      'type: prometheus\n      port: 9090\n      scheme: http\n      preferred: true',
    );

    const { entries } = addedBy('7.md', answered, []);
    const [entry] = entries;

    expect(entry?.stack).to.equal('reported/7');
    expect(entry?.service.metadata.name).to.match(/^[a-z]{4}-prometheus-server$/);
    expect(entry?.expected).to.deep.equal({ type: 'prometheus', port: 9090, scheme: 'http', preferred: true });
  });

  it('is rejected by the corpus if unanswered, broken or a duplicate, with place and remedy', async () => {
    const text = await report();
    const line = text.split('\n').findIndex((one) => one.includes('type: FILL-IN')) + 1;

    expect(() => addedBy('7.md', text, [])).to.throw(
      new RegExp(
        `^7\\.md:${String(line)}: services\\.0\\.expected: expected type: null, or type .*; write the right answer there`,
      ),
    );
    expect(() => addedBy('7.md', 'no report', [])).to.throw('7.md:1: no ```yaml block; give the whole text of');
    expect(() => addedBy('7.md', text.replace('kind: M', 'kind: "M'), [])).to.throw(
      /^7\.md:\d+: .*; copy the report again/,
    );
    expect(() => addedBy('7.md', text, [{ stack: 'reported/7' }])).to.throw('7.md: the corpus has reported/7 already');
  });
});
