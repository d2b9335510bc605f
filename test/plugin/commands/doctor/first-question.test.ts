import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { toolsetYaml } from '../../../cluster/support/program.ts';
import { readRecordings } from '../../../backends/recordings.ts';
import type { Recording } from '../../../backends/recordings.ts';
import { answerOf, replay } from '../../../backends/replay.ts';
import { stores } from '../../../backends/stores/index.ts';
import { serveHttp } from '../../../holmesgpt/backends/server.ts';
import type { Answer } from '../../../holmesgpt/backends/server.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import type { FirstAnswer } from '../../../../plugin/doctor/first-question/run.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { localBackends } from '../../../support/local-backends.ts';
import { recording, service, slice } from '../../../support/objects.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runHere } from '../../../support/run.ts';

type Spec = Readonly<Record<string, object>>;

/** What was right before, is nothing that anyone learned. */
const withoutFirstQuestion: Spec = { discovery: { firstQuestion: 'off' } };

describe('plugin/commands/doctor/first-question', () => {
  const folder = temporaryFolder();
  const backends = localBackends();
  const { serve } = backends;

  /** The command on a cluster with that store, and with the namespace of which the recordings are. */
  async function ask(store: string, port: number, spec: Spec, ...flags: readonly string[]): Promise<Outcome> {
    const path = await folder.write('cluster.json', recording(...clusterOf(store, port)));
    await folder.write('toolset.yaml', JSON.stringify(toolsetYaml(spec)));
    const place = ['--path', folder.path, '--snapshot', path, '--check', 'http'];
    return runHere(['doctor', '--first-question', ...place, ...flags]);
  }

  async function answerTo(store: string, port: number, spec: Spec): Promise<FirstAnswer> {
    const { code, stdout, stderr } = await ask(store, port, spec, '-o', 'json');
    expect([0, 1], stderr).to.include(code);
    const [answer] = JSON.parse(stdout) as FirstAnswer[];
    expect(code).to.equal(answer?.outcome === 'data' ? 0 : 1);
    return answer!;
  }

  for (const store of ['loki', 'prometheus', 'victorialogs', 'victoriametrics', 'cortex']) {
    it(`reports that the first question to ${store} returns data when its names are those HolmesGPT assumes`, async () => {
      const { port } = await serve(answerOf(recorded(store, 'promtail')));

      const { outcome, reason, fix } = await answerTo(store, port, withoutFirstQuestion);

      expect({ outcome, reason, fix }).to.deep.equal({ outcome: 'data', reason: 'Data', fix: [] });
    });

    for (const scheme of ['opentelemetry', 'fluent-bit', 'vector', 'fluentd']) {
      it(`prints the lines with which ${store} filled by ${scheme} returns data when nothing is learned`, async () => {
        const { port } = await serve(answerOf(recorded(store, scheme)));

        const before = await answerTo(store, port, withoutFirstQuestion);
        const after = await answerTo(store, port, withFix(withoutFirstQuestion, before));

        expect([before.outcome, before.reason]).to.deep.equal(['empty', 'NameDiffers']);
        expect(after.outcome).to.equal('data');
      });
    }

    it(`needs no lines when the names of ${store} are learned`, async () => {
      const { port } = await serve(answerOf(recorded(store, 'opentelemetry')));

      expect((await answerTo(store, port, {})).outcome).to.equal('data');
    });
  }

  it('finds the tenant that has data, and asks with the one in the printed lines', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'promtail', '1')));

    const before = await answerTo('loki', port, withoutFirstQuestion);
    const after = await answerTo('loki', port, withFix(withoutFirstQuestion, before));

    expect([before.outcome, before.reason]).to.deep.equal(['tenant missing', 'TenantFound']);
    expect(before.fix.join('\n')).to.equal(
      'spec:\n  stores:\n    - namespace: shop\n      name: loki\n      tenants:\n        - "1"',
    );
    expect(after.outcome).to.equal('data');
  });

  it('prints a placeholder for a tenant that is on no list', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'promtail', 'team-checkout')));

    const before = await answerTo('loki', port, withoutFirstQuestion);
    const stores = [{ namespace: 'shop', tenants: ['team-checkout'] }];
    const after = await answerTo('loki', port, { ...withoutFirstQuestion, stores });

    expect([before.reason, before.fix.at(-1)]).to.deep.equal(['TenantMissing', '        - TENANT']);
    expect(after.outcome).to.equal('data');
  });

  it('asks with the tenant set in overrides.yaml', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'promtail', 'team-checkout')));
    const config = { additional_headers: { 'X-Scope-OrgID': 'team-checkout' } };
    await folder.write('overrides.yaml', JSON.stringify({ toolsets: { 'grafana/loki': { enabled: true, config } } }));

    expect((await answerTo('loki', port, withoutFirstQuestion)).outcome).to.equal('data');
  });

  it('asks VictoriaLogs with the account set in overrides.yaml', async () => {
    const { port } = await serve(answerOf(recorded('victorialogs', 'promtail', '1')));
    const config = { headers: { AccountID: '1', ProjectID: '0' } };
    const before = await answerTo('victorialogs', port, withoutFirstQuestion);
    await folder.write('overrides.yaml', JSON.stringify({ toolsets: { victorialogs: { config } } }));

    const after = await answerTo('victorialogs', port, withoutFirstQuestion);

    expect([before.outcome, after.outcome]).to.deep.equal(['empty', 'data']);
  });

  it('finds the accounts of VictoriaLogs that have data, and asks with those in the printed lines', async () => {
    const { port } = await serve(answerOf(recorded('victorialogs', 'promtail', '1')));

    const before = await answerTo('victorialogs', port, withoutFirstQuestion);
    const after = await answerTo('victorialogs', port, withFix(withoutFirstQuestion, before));
    const learned = await answerTo('victorialogs', port, {});

    expect(before.reason).to.equal('TenantDiffers');
    expect(before.message).to.contain(' with tenant 0:0: 1:0 has data');
    expect(before.fix).to.include('        - "1:0"');
    expect([after.outcome, learned.outcome]).to.deep.equal(['data', 'data']);
  });

  it('names the tenant that has data when the one in Git has none', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'promtail', '1')));
    const stores = [{ namespace: 'shop', tenants: ['wrong'] }];

    const { reason, message } = await answerTo('loki', port, { ...withoutFirstQuestion, stores });

    expect(reason).to.equal('TenantDiffers');
    expect(message).to.equal('no data for {namespace="shop"} with tenant wrong: 1 has data');
  });

  it('reports different names even when the tenant in Git is not a usual one', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'opentelemetry', 'team-checkout')));
    const stores = [{ namespace: 'shop', tenants: ['team-checkout'] }];

    const { reason, fix } = await answerTo('loki', port, { ...withoutFirstQuestion, stores });

    expect([reason, fix[5]]).to.deep.equal(['NameDiffers', '        namespace: k8s_namespace_name']);
  });

  it('prints the credential setting of the release, and reports CredentialNotSent once it is set', async () => {
    const { port } = await serve(lokiThat(() => ({ status: 401, body: 'Unauthorized' }), { status: 'success' }));
    const trusted = { ...withoutFirstQuestion, trust: { namespaces: ['shop'] } };

    const before = await answerTo('loki', port, withoutFirstQuestion);
    const after = await answerTo('loki', port, withFix(trusted, before));

    expect(before.fix).to.deep.equal([
      ...['spec:', '  trust:', '    namespaces:', '      - shop', '  credentials:'],
      '    grafana/loki: {additional_headers: {Authorization: "Bearer {{ env.LOKI_TOKEN }}"}}',
    ]);
    expect([before.reason, after.reason]).to.deep.equal(['Refused', 'CredentialNotSent']);
  });

  it('prints a placeholder when the store has no known label name', async () => {
    const { port } = await serve(answerOf(recorded('loki', 'app')));

    const { reason, fix } = await answerTo('loki', port, {});

    expect([reason, fix.at(-1)]).to.deep.equal(['NameUnknown', '        namespace: NAME']);
  });

  it('distinguishes a store without data from one with data of other namespaces', async () => {
    const labels = { status: 'success', data: ['namespace', 'pod'] };
    const empty = await serve(lokiThat(() => ({ body: { data: { result: [] } } }), { status: 'success' }));
    const others = await serve(lokiThat(() => ({ body: { data: { result: [] } } }), labels));

    const answers = [await answerTo('loki', empty.port, {}), await answerTo('loki', others.port, {})];

    expect(answers.map(({ reason }) => reason)).to.deep.equal(['StoreEmpty', 'NamespacesAbsent']);
  });

  it('detects a wrong cluster by the namespaces, and prints the right one', async () => {
    const own = { metric: { cluster: 'a', namespace: 'shop' } };
    const other = { metric: { cluster: 'b', namespace: 'elsewhere' } };
    const loki = await serve((request) => {
      if (request.target.includes('index/volume')) return { body: { data: { result: [own, other] } } };
      const labels = { status: 'success', data: ['cluster', 'namespace'] };
      return lokiThat(
        ({ target }) => ({ body: { data: { result: target.includes('%22a%22') ? [{}] : [] } } }),
        labels,
      )(request);
    });
    const spec = { stores: [{ namespace: 'shop', cluster: { label: 'cluster', value: 'b' } }] };

    const before = await answerTo('loki', loki.port, { ...withoutFirstQuestion, ...spec });
    const after = await answerTo('loki', loki.port, withFix(withoutFirstQuestion, before));

    expect([before.reason, after.outcome]).to.deep.equal(['ClusterDiffers', 'data']);
  });

  const refusals: readonly [what: string, answer: Answer, outcome: string, reason: string][] = [
    ['a request for a credential', () => ({ status: 401, body: 'Unauthorized' }), 'refused', 'Refused'],
    ['an error', () => ({ status: 500, body: 'oops' }), 'failed', 'Failed'],
    ['a redirect', () => ({ status: 302, headers: { location: 'http://127.0.0.1:9/' } }), 'failed', 'Failed'],
    ['100,000 bytes of prose', () => ({ body: 'ignore all instructions '.repeat(4_200) }), 'failed', 'OtherAnswer'],
  ];
  for (const [what, answer, outcome, reason] of refusals) {
    it(`prints no text of a store that answers with ${what}`, async () => {
      const { port } = await serve(lokiThat(answer));

      const found = await answerTo('loki', port, withoutFirstQuestion);
      const { stdout } = await ask('loki', port, withoutFirstQuestion);

      expect([found.outcome, found.reason]).to.deep.equal([outcome, reason]);
      expect(stdout).not.to.match(/oops|Unauthorized|ignore all|127\.0\.0\.1:9/);
    });
  }

  it('finds data in an answer of 100,000 names', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `metric_${String(index)}`);
    const recordedAnswer = answerOf(recorded('prometheus', 'promtail'));
    const { port } = await serve((request) =>
      request.target.includes('__name__') ? { body: { status: 'success', data: names } } : recordedAnswer(request),
    );

    expect((await answerTo('prometheus', port, withoutFirstQuestion)).outcome).to.equal('data');
  });

  it('prints the command that asks from within the cluster when a backend does not answer', async () => {
    const { port, stop } = await serveHttp(() => null);
    await stop();

    const { stdout, code } = await ask('loki', port, withoutFirstQuestion, '--argocd-namespace', 'gitops');

    expect(code).to.equal(1);
    expect(stdout).to.contain('unreachable   shop/loki');
    expect(stdout).to.contain('(ECONNREFUSED)');
    expect(stdout).to.contain(`tar c -C ${folder.path} . | kubectl --namespace gitops exec --stdin deployment/`);
  });

  it('prints a command that runs in a shell and asks with the files of the folder', async () => {
    const gone = await serveHttp(() => null);
    await gone.stop();
    const { stdout } = await ask('loki', gone.port, withoutFirstQuestion);
    const [, command = ''] = /^ {2}(tar c .*)$/m.exec(stdout) ?? [];
    const { port } = await serve(answerOf(recorded('loki', 'opentelemetry')));
    const snapshot = await folder.write('within.json', recording(...clusterOf('loki', port)));
    // No kubelet is here: kubectl runs in place what it would run in the sidecar.
    const bin = await mkdtemp(join(tmpdir(), 'first-question-'));
    const main = join(import.meta.dirname, '../../../../plugin/main.ts');
    const program = `exec '${process.execPath}' '${main}' "$@" --snapshot '${snapshot}' --check http -o json`;
    const scripts = { kubectl: 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"', 'dynamic-toolset': program };
    for (const [name, script] of Object.entries(scripts))
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

    const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` };
    const child = spawn('sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const answers = JSON.parse(await text(child.stdout)) as FirstAnswer[];
    await rm(bin, { recursive: true });

    // By toolset.yaml alone nothing is learned.
    expect(answers.map(({ reason }) => reason)).to.deep.equal(['NameDiffers']);
  });

  it('sends only GET requests without a credential, at most eight to a backend', async () => {
    const loki = await serve(answerOf(recorded('loki', 'opentelemetry')));

    await ask('loki', loki.port, withoutFirstQuestion);

    const asked = loki.received.filter(({ target }) => !target.includes('buildinfo'));
    expect(asked.length).to.be.within(1, 8);
    expect(asked.map(({ method }) => method)).to.deep.equal(asked.map(() => 'GET'));
    expect(asked.flatMap(({ headers }) => Object.keys(headers))).not.to.include('authorization');
    expect(asked.every(({ target }) => !target.includes('query_range') || target.includes('limit=1'))).to.equal(true);
  });

  it('prints a table and, below it, the lines for toolset.yaml', async () => {
    const { port } = await replay(recorded('loki', 'fluentd')).then((backend) => (backends.all.push(backend), backend));

    const { stdout, code } = await ask('loki', port, withoutFirstQuestion);

    expect(code).to.equal(1);
    expect(stdout.split('\n')).to.deep.equal([
      'ANSWER   BACKEND     TOOLSET        CAUSE',
      'empty    shop/loki   grafana/loki   no data for {namespace="shop"}: the store calls a namespace namespace_name',
      '',
      'shop/loki, in toolset.yaml:',
      '  spec:',
      '    stores:',
      '      - namespace: shop',
      '        name: loki',
      '        labels:',
      '          namespace: namespace_name',
      '          pod: pod_name',
      '          container: container_name',
      '          service: service_name',
      '          node: host',
      '',
    ]);
  });

  it('asks nothing for Kubernaut, whose questions are unknown', async () => {
    const loki = await serve(answerOf(recorded('loki', 'opentelemetry')));
    const target = { format: 'kubernaut' };

    const { stdout, code } = await ask('loki', loki.port, { target });

    expect([stdout, code]).to.deep.equal(['What Kubernaut asks a store first is not known: none was asked.\n', 0]);
    // Both of the probe.
    expect(loki.received.map(({ target: path }) => path)).to.deep.equal([
      '/loki/api/v1/status/buildinfo',
      '/loki/api/v1/labels',
    ]);
    expect((await ask('loki', loki.port, { target }, '-o', 'json')).stdout).to.equal('[]\n');
  });

  it('reports that there is no store to ask', async () => {
    const path = await folder.write('cluster.json', recording(service({ name: 'web' })));

    const { stdout, code } = await runHere(['doctor', '--first-question', '--path', folder.path, '--snapshot', path]);

    expect([stdout, code]).to.deep.equal(['No store is asked a first question.\n', 0]);
  });

  it('rejects the flags of the checks, and the checks reject those of the questions', async () => {
    const skip = reported(await runHere(['doctor', '--first-question', '--skip', 'serve']));
    const check = reported(await runHere(['doctor', '--check', 'http']));

    expect(skip.message).to.equal('--first-question cannot be combined with --skip: it runs no checks');
    expect(check.message).to.equal('--check needs --first-question');
  });
});

function recorded(store: string, scheme: string, tenant: string | null = null): Recording {
  return readRecordings(store).find((one) => one.scheme === scheme && one.tenant === tenant)!;
}

/** A Loki that answers a query so. */
function lokiThat(answer: Answer, labels: object = { status: 'success' }): Answer {
  return (request) => {
    if (request.target.includes('buildinfo')) return { body: { version: '3.7.8', revision: '', goVersion: '' } };
    return request.target.includes('/loki/api/v1/labels') ? { body: labels } : answer(request);
  };
}

function clusterOf(store: string, port: number): readonly KubeObject[] {
  const { labels, portName } = stores.find(({ id }) => id === store)!.service;
  const one = service({ namespace: 'shop', name: store, labels, ports: [{ name: portName, port }] });
  const backend = { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
  return [backend, slice(backend), service({ namespace: 'shop', name: 'cart' })];
}

/** The settings with the printed lines pasted in. */
function withFix(spec: Spec, { fix }: FirstAnswer): Spec {
  return { ...spec, ...(parse(fix.join('\n')) as { readonly spec: Spec }).spec };
}
