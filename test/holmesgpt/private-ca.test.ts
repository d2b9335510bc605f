import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { mcp } from './backends/mcp.ts';
import { serveHttp } from './backends/server.ts';
import type { Answer, Backend } from './backends/server.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import type { HttpsKind } from './https-kinds.ts';
import { environment, httpsKinds, httpsSpec, secured } from './https-kinds.ts';
import type { Judge, Verdict } from './judge.ts';
import { startJudge } from './judge.ts';
import type { Generated } from './suite.ts';
import { backendsOfEach, certificateVariable, differences, ignoredKeys, judgeSuite, privateCa as ca } from './suite.ts';

/** How an issuer gives a Service its certificate. */
interface Issuer {
  readonly title: string;
  /** What stands in the Service of it. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What follows the namespace in the host that is printed, and in a host for which no certificate is good. */
  readonly domain: string;
  readonly other: string;
  /** All names in the certificate. */
  readonly names: (name: string) => readonly string[];
}

/** A backend that is placed under every host that HolmesGPT may call it by. */
interface Secured {
  readonly toolset: string;
  readonly service: KubeObject;
  readonly port: number;
  readonly names: readonly string[];
  readonly answer: Answer;
}

const domains = ['svc', 'svc.cluster.local', 'svc.corp.example'];
/** The entry of the MCP server. */
const server = 'secure/tools';

/** `certificates: private`, where HolmesGPT has the CA by its variable CERTIFICATE, on servers with certificates of that CA. */
describe('holmesgpt/private CA', () => {
  const suite = judgeSuite(['0.16.4', '0.40.0', '0.45.0']);
  const start = backendsOfEach();
  const openShift: Issuer = {
    title: "OpenShift's service CA",
    annotations: { 'service.beta.openshift.io/serving-cert-secret-name': 'tls' },
    domain: 'svc',
    // With another domain than cluster.local, its own long name is in no certificate of OpenShift.
    other: 'svc.corp.example',
    names: (name) => [`${name}.secure.svc`, `${name}.secure.svc.cluster.local`],
  };
  const certManager: Issuer = {
    title: 'cert-manager',
    annotations: { 'cert-manager.io/issuer-name': 'ca' },
    domain: 'svc.cluster.local',
    other: 'svc',
    names: (name) => [name, `${name}.secure.svc.cluster.local`],
  };
  const eck: Secured = {
    toolset: 'elasticsearch/data',
    service: owned(
      service({ namespace: 'elastic', name: 'logs-es-http', ports: [{ name: 'https', port: 9200 }] }),
      'elasticsearch.k8s.elastic.co/v1',
      'Elasticsearch',
    ),
    port: 9200,
    names: [
      ...['logs-es-http.elastic.es.local', 'logs-es-http', 'logs-es-http.elastic.svc', 'logs-es-http.elastic'],
      ...['logs-es-internal-http.elastic.svc', 'logs-es-internal-http.elastic', '*.logs-es-default.elastic.svc'],
    ],
    answer: answers.elasticsearch,
  };

  /** What works, by release: what it has a toolset for, and takes a reference to a credential for. */
  const oldest = ['grafana/loki', 'grafana/tempo', 'prometheus/metrics'];
  const middle = ['alertmanager', 'clickhouse', 'elasticsearch/cluster', 'elasticsearch/data'];
  const newest = ['grafana/dashboards', 'rabbitmq/core', 'victorialogs'];
  const releases: readonly (readonly [version: string, bundle: 'writable' | 'read-only', works: readonly string[]])[] =
    [
      ['0.16', 'writable', oldest],
      ['0.16', 'read-only', oldest],
      ['0.24', 'read-only', [...oldest, ...middle, 'jaeger/tracing']],
      ['0.40', 'writable', [...oldest, ...middle, ...newest, 'jaeger/tracing']],
      ['0.45', 'writable', [...oldest, ...middle, ...newest, 'jaeger/tracing']],
      ['0.45', 'read-only', [...oldest, ...middle, ...newest, 'jaeger/tracing']],
    ];

  it('is documented by toolset and release', () => {
    const section = readFileSync('docs/holmesgpt.md', 'utf8').split('## https in the cluster')[1]!.split('\n## ')[0]!;
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const said = rows.flatMap((row) => {
      const [, names = '', versions = ''] = row.split('|');
      return [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name]) =>
        (versions.match(/\d\.\d+/g) ?? []).map((version) => `${name!} ${version}`),
      );
    });
    const known = releases.flatMap(([version, , works]) =>
      [...works, 'mcp_servers'].map((name) => `${name} ${version}`),
    );

    expect(said.sort()).to.deep.equal([...new Set(known)].sort());
  });

  for (const [version, bundle, works] of releases) {
    describe(`${version} with a ${bundle} CA bundle`, () => {
      const started: Judge[] = [];
      let judge: Judge;

      before(async () => {
        const release = holmesVersions.find((one) => one.startsWith(`${version}.`))!;
        judge = suite.judges[release];
        if (bundle === 'writable') return;
        const env = { ...certificateVariable, JUDGE_BUNDLE: bundle };
        judge = await startJudge(release, suite.folder, { env });
        suite.guard.add(judge.pid);
        started.push(judge);
      });
      after(async () => {
        for (const one of started) await one.stop();
      });

      /** What HolmesGPT makes of a file, and which of the Services were asked for anything. */
      async function verdictOn(
        text: string,
        placed: readonly Secured[],
        domain: string,
      ): Promise<Verdict & { readonly asked: readonly string[] }> {
        const running: Backend[] = [];
        const hosts: Record<string, number> = {};
        for (const { service: one, port, names, answer } of placed) {
          const { name, namespace } = one.metadata;
          const backend = await start(serveHttp(answer, ca.issue(name, names)));
          running.push(backend);
          for (const end of domains) hosts[`${name}.${namespace!}.${end}:${String(port)}`] = backend.port;
        }
        const verdict = await judge.judge(text, { hosts, env: environment(domain), isImpatient: true });
        expect(verdict.exception, text).to.equal(null);
        return {
          ...verdict,
          asked: placed.flatMap(({ service: one }, at) => (running[at]!.asked.length > 0 ? one.metadata.name : [])),
        };
      }

      for (const issuer of [openShift, certManager]) {
        it(`reaches every backend with a certificate of ${issuer.title}, and none under another name`, async () => {
          const placed = [
            ...httpsKinds.filter(({ product }) => product !== 'opensearch').map((kind) => at(kind, issuer)),
            mcpAt(issuer),
          ];
          const generated = await suite.generate(
            { version, spec: specOfAll() },
            placed.map((one) => one.service),
          );

          const good = await verdictOn(generated.text, placed, issuer.domain);
          const wrong = await verdictOn(renamed(generated.text, issuer), placed, issuer.other);

          expect(ignoredKeys(generated)).to.deep.equal([]);
          expect(generated.text).to.not.include('verify');
          expect(differences(generated, good)).to.deep.equal([]);
          expect(enabledIn(generated, good)).to.deep.equal([...works, server].sort());
          const working = placed.filter(({ toolset }) => [...works, server].includes(toolset));
          expect(good.asked).to.deep.equal(working.map((one) => one.service.metadata.name));
          // Grafana's toolset alone puts up with a backend that it cannot reach.
          expect(enabledIn(generated, wrong)).to.deep.equal(works.filter((one) => one === 'grafana/dashboards'));
          expect(wrong.asked).to.deep.equal([]);
        });
      }

      if (works.includes('elasticsearch/data')) {
        it('reaches Elasticsearch of ECK by the short name of its Service, and not by its long name', async () => {
          const spec = { target: { certificates: 'private' } };
          const generated = await suite.generate({ version, spec }, [eck.service]);
          const long = generated.text.replaceAll('elastic.svc:', 'elastic.svc.cluster.local:');

          const good = await verdictOn(generated.text, [eck], 'svc');
          const wrong = await verdictOn(long, [eck], 'svc');

          expect(enabledIn(generated, good)).to.deep.equal(['elasticsearch/cluster', 'elasticsearch/data']);
          expect(enabledIn(generated, wrong)).to.deep.equal([]);
          expect(wrong.asked).to.deep.equal([]);
        });
      }

      it('reaches Prometheus by the only name in its certificate, once a probe has found it', async () => {
        const backend = await start(serveHttp(answers.prometheus, ca.issue('prometheus', ['prometheus.secure.svc'])));
        const { port } = backend;
        const one = secured({ ...httpsKinds[0]!, port });
        const local = { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
        const spec = { target: { certificates: 'private' } };
        const hosts = Object.fromEntries(domains.map((end) => [`prometheus.secure.${end}:${String(port)}`, port]));

        const probed = await suite.generate({ version, spec }, [local], 'http');
        const asked = backend.asked.length;
        const unprobed = await suite.generate({ version, spec }, [local]);
        const [good, wrong] = [await judge.judge(probed.text, { hosts }), await judge.judge(unprobed.text, { hosts })];

        expect(enabledIn(probed, good)).to.deep.equal(['prometheus/metrics']);
        expect(backend.asked.length).to.be.greaterThan(asked);
        expect(enabledIn(unprobed, wrong)).to.deep.equal([]);
      });
    });
  }
});

function at(kind: HttpsKind, { annotations, names }: Issuer): Secured {
  const one = secured(kind);
  const { name } = one.metadata;
  return {
    toolset: kind.toolset,
    service: { ...one, metadata: { ...one.metadata, annotations } },
    port: kind.port,
    names: names(name),
    answer: kind.answer,
  };
}

/** An MCP server that its Service announces. */
function mcpAt({ annotations, names }: Issuer): Secured {
  const own = {
    'kubernaut.io/toolset': 'true',
    'kubernaut.io/toolset-type': 'mcp',
    'kubernaut.io/toolset-endpoint': 'https://tools.secure.svc:8443/mcp',
  };
  const one = service({
    namespace: 'secure',
    name: 'tools',
    annotations: { ...annotations, ...own },
    ports: [{ name: 'https', port: 8443 }],
  });
  return { toolset: server, service: one, port: 8443, names: names('tools'), answer: mcp };
}

/** `spec` of all of them together. */
function specOfAll(): Readonly<Record<string, unknown>> {
  const specs = httpsKinds.map((kind) => httpsSpec(kind, 'private') as { detectors?: object; credentials?: object });
  return {
    ...specs[0],
    detectors: Object.assign({}, ...specs.map(({ detectors }) => detectors)),
    credentials: Object.assign({}, ...specs.map(({ credentials }) => credentials)),
  };
}

function renamed(text: string, { domain, other }: Issuer): string {
  return text.replaceAll(`.secure.${domain}:`, `.secure.${other}:`);
}

/** What HolmesGPT works with, of what was printed. */
function enabledIn({ file }: Generated, { toolsets }: Verdict): string[] {
  const names = [...Object.keys(file.toolsets), ...Object.keys(file.mcp_servers ?? {})];
  return names.filter((name) => name !== 'kubernetes/core' && toolsets[name]?.status === 'enabled').sort();
}

function owned(one: KubeObject, apiVersion: string, kind: string): KubeObject {
  return { ...one, metadata: { ...one.metadata, ownerReferences: [{ apiVersion, kind, name: 'logs', uid: 'u' }] } };
}
