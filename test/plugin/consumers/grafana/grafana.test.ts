import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { tenantHeaders } from '../../../../detectors/stores/tenants.ts';
import type { CredentialPolicy, Generated } from '../../../../plugin/consumers/consumer.ts';
import { grafana } from '../../../../plugin/consumers/grafana/index.ts';
import { grafanaOperator } from '../../../../plugin/consumers/grafana/operator.ts';
import { ownTypes, pluginTypes } from '../../../../plugin/consumers/grafana/products.ts';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { ToolsetConfig } from '../../../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { failure } from '../../../support/failure.ts';
import { service } from '../../../support/objects.ts';
import { discoverFixture } from '../../discovery/fixture.ts';

const key = 'datasources.yaml';
const access: CredentialPolicy = {
  credentials: {},
  isTrusted: (namespace) => namespace === 'trusted',
  certificates: 'public',
  clusterDomain: 'cluster.local',
};
const all = Object.keys({ ...ownTypes, ...pluginTypes });
const consumer = grafana({ plugins: ['*'] }, '$$');
/** Of products that answer on no port of the web. */
const ports = new Map([['redis', 6379]]);

/** A Service that says itself what it is. */
function called(detector: string, { name = detector, namespace = 'trusted', port = 80 } = {}): KubeObject {
  const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': detector };
  return service({ namespace, name, annotations, ports: [{ port }] });
}

async function candidates(...items: readonly KubeObject[]): Promise<readonly Candidate[]> {
  const enabled = Object.fromEntries(all.map((id) => [id, { enabled: true }]));
  const target = { format: 'grafana-datasources', plugins: ['*'] };
  const { admitted } = await discoverFixture({ items, spec: { target, detectors: enabled } });
  return admitted;
}

async function madeOf(items: readonly KubeObject[], given: Partial<CredentialPolicy> = {}): Promise<Generated> {
  return consumer.generate(await candidates(...items), { ...access, ...given });
}

function jsonData(entry: unknown): DataMap {
  return (entry as { jsonData?: DataMap } | undefined)?.jsonData ?? {};
}

describe('plugin/consumers/grafana', () => {
  it('creates a data source for each product that Grafana has a type for, and for no other', async () => {
    const needed = Object.entries({ ...ownTypes, ...pluginTypes }).filter(([, one]) => one.needsCredential);
    const credentials = Object.fromEntries(needed.map(([id]) => [id, { user: 'reader', password: '${PASSWORD}' }]));

    // Each in a namespace of its own: Thanos stands in front of a Prometheus beside it.
    const items = [...all, 'rabbitmq'].map((id) => called(id, { namespace: `of-${id}`, port: ports.get(id) ?? 80 }));
    const { file, unusable } = await madeOf(items, {
      credentials,
      certificates: 'private',
      isTrusted: () => true,
    });

    expect(unusable).to.deep.equal([]);
    const types = Object.entries(file.toolsets).map(([uid, entry]) => [uid, (entry as DataMap).type]);
    const declared = Object.entries({ ...ownTypes, ...pluginTypes });
    const expected = declared.map(([id, { kind }]) => [`of-${id}_${id}`, kind]);
    expect(Object.fromEntries(types)).to.deep.equal(Object.fromEntries(expected));
  });

  it('supports a data source that needs a Grafana plugin only when the settings list the plugin', async () => {
    const [backend] = await candidates(called('opensearch'));
    if (!backend) throw new Error('it is one');

    expect(grafana({ plugins: [] }, '$$').supports(backend)).to.equal(false);
    expect(grafana({ plugins: ['grafana-opensearch-*'] }, '$$').supports(backend)).to.equal(true);
  });

  it('marks no data source as the default, and deletes none', async () => {
    const { file } = await madeOf([called('prometheus'), called('loki')]);

    const text = consumer.data(file, key, null)[key] ?? '';
    expect(text).not.to.match(/isDefault|delete|prune/);
    expect(parse(text)).to.have.keys('apiVersion', 'datasources');
  });

  it('reads back what it writes, and rejects any other format', async () => {
    const { file } = await madeOf([called('prometheus'), called('loki'), called('tempo')]);

    expect(consumer.read(consumer.data(file, key, null), key)).to.deep.equal(file);
    expect(consumer.read({ [key]: 'toolsets: {}' }, key)).to.equal(null);
    expect(consumer.read({}, key)).to.equal(null);
  });

  it('writes entries that Git adds under their names, and omits entries that Git disables', () => {
    const toolsets = { ours: { type: 'influxdb', url: 'http://x' }, off: { enabled: false, type: 'loki' } };

    const text = consumer.data({ toolsets, mcp_servers: {} }, key, null)[key] ?? '';

    expect((parse(text) as DataMap).datasources).to.deep.equal([
      { name: 'ours', type: 'influxdb', uid: 'ours', url: 'http://x' },
    ]);
  });

  it('links data sources to each other when both exist', async () => {
    const { toolsets } = (await madeOf(['prometheus', 'loki', 'tempo', 'alertmanager'].map((id) => called(id)))).file;

    expect(jsonData(toolsets.trusted_tempo)).to.deep.include({
      tracesToMetrics: { datasourceUid: 'trusted_prometheus' },
      serviceMap: { datasourceUid: 'trusted_prometheus' },
    });
    expect(jsonData(toolsets.trusted_tempo).tracesToLogsV2).to.deep.include({
      datasourceUid: 'trusted_loki',
      tags: [
        { key: 'k8s.namespace.name', value: 'namespace' },
        { key: 'k8s.pod.name', value: 'pod' },
      ],
    });
    const links = jsonData(toolsets.trusted_loki).derivedFields as DataMap[];
    expect(links.map(({ datasourceUid, url }) => [datasourceUid, url])).to.deep.equal([
      ['trusted_tempo', '$${__value.raw}'],
      ['trusted_tempo', '$${__value.raw}'],
    ]);
    expect(jsonData(toolsets.trusted_prometheus)).to.deep.include({ alertmanagerUid: 'trusted_alertmanager' });
    expect(jsonData(toolsets.trusted_prometheus).exemplarTraceIdDestinations).to.deep.include({
      name: 'trace_id',
      datasourceUid: 'trusted_tempo',
    });
  });

  for (const [one, keys] of [
    ['tempo', ['nodeGraph']],
    ['loki', []],
    ['prometheus', ['httpMethod', 'prometheusType']],
  ] as const) {
    it(`links ${one} to nothing when it is alone`, async () => {
      const { toolsets } = (await madeOf([called(one)])).file;

      expect(Object.keys(jsonData(toolsets[`trusted_${one}`]))).to.have.members([...keys]);
    });
  }

  it('matches trace ids in log lines of common frameworks', async () => {
    const { toolsets } = (await madeOf([called('loki'), called('tempo')])).file;
    const [, inLine] = jsonData(toolsets.trusted_loki).derivedFields as { matcherRegex: string }[];
    const found = ['trace_id=4bf92f35', '{"traceId":"4bf92f35"}', 'TraceID: 4bf92f35', '{"trace_id": "4bf92f35"}'].map(
      (line) => new RegExp(inLine?.matcherRegex ?? '').exec(line)?.[1],
    );

    expect(found).to.deep.equal(Array(4).fill('4bf92f35'));
  });

  it('links to the store in the same namespace, else to the first that serves the whole cluster', async () => {
    const [near, other] = [called('loki', { namespace: 'a' }), called('loki', { namespace: 'b' })];
    const traces = ['b', 'c'].map((namespace) => called('tempo', { namespace }));

    const { toolsets } = (await madeOf([near, other, ...traces])).file;

    const logsOf = (uid: string): unknown => (jsonData(toolsets[uid]).tracesToLogsV2 as DataMap).datasourceUid;
    expect([logsOf('b_tempo'), logsOf('c_tempo')]).to.deep.equal(['b_loki', 'a_loki']);
  });

  it('separates Services of the same name in several clusters, and links within the same cluster', async () => {
    const inClusters = (await candidates(called('loki'), called('tempo'))).flatMap((one) =>
      ['spoke', 'other', 'in-cluster'].map((cluster) => ({
        ...one,
        service: { ...one.service, cluster },
        instance: `${cluster}/${one.instance}`,
      })),
    );

    const { toolsets } = consumer.generate(inClusters, access).file;

    expect(Object.keys(toolsets).sort()).to.deep.equal(
      ['', 'other__', 'spoke__']
        .flatMap((cluster) => ['loki', 'tempo'].map((name) => `${cluster}trusted_${name}`))
        .sort(),
    );
    for (const cluster of ['', 'other__', 'spoke__']) {
      const { tracesToLogsV2 } = jsonData(toolsets[`${cluster}trusted_tempo`]);
      expect((tracesToLogsV2 as DataMap).datasourceUid).to.equal(`${cluster}trusted_loki`);
    }
  });

  it('shortens a name that is longer than Grafana accepts', async () => {
    const [backend] = await candidates(called('loki'));
    const cluster = `https://${'c'.repeat(63)}.example.com`;
    const [namespace, name] = ['n'.repeat(63), 's'.repeat(63)];
    const long = { ...backend!, service: { ...backend!.service, cluster, namespace, name } };

    const { toolsets } = consumer.generate([{ ...long, instance: `${cluster}/${namespace}/${name}` }], access).file;

    const [[uid, entry] = []] = Object.entries(toolsets);
    expect((entry as { name: string }).name).to.equal(`Loki (${String(uid)})`);
  });

  it('queries by the labels that the stores reported', async () => {
    const [loki, tempo] = await candidates(called('loki'), called('tempo'));
    if (!loki || !tempo) throw new Error('both are there');
    const told = (one: Candidate, labels: Record<string, string>): Candidate => ({
      ...one,
      store: { tenants: [], labels, from: {} },
    });

    const { file } = consumer.generate(
      [told(loki, { namespace: 'k8s_namespace_name' }), told(tempo, { pod: 'k8s.pod.uid' })],
      access,
    );

    expect((jsonData(file.toolsets.trusted_tempo).tracesToLogsV2 as DataMap).tags).to.deep.equal([
      { key: 'k8s.namespace.name', value: 'k8s_namespace_name' },
      { key: 'k8s.pod.uid', value: 'pod' },
    ]);
  });

  it('creates a data source for each tenant, with the tenant as a header', async () => {
    const [loki] = await candidates(called('loki'));
    if (!loki) throw new Error('it is one');
    const store = { tenants: ['shop', 'bank'], labels: {}, from: {} };
    const entryPoint = { ...loki.entryPoint, headers: tenantHeaders('name', 'shop') };
    const backend = { ...loki, store, entryPoint };
    const credentials = { loki: { authorization: 'Bearer ${TOKEN}' } };

    const { file } = consumer.generate([backend], { ...access, credentials });

    expect(Object.keys(file.toolsets)).to.deep.equal(['trusted_loki_shop', 'trusted_loki_bank']);
    expect(consumer.entriesOf(backend)).to.deep.equal(['trusted_loki_shop', 'trusted_loki_bank']);
    expect(file.toolsets.trusted_loki_bank).to.deep.include({
      name: 'Loki (trusted/loki/bank)',
      jsonData: { httpHeaderName1: 'X-Scope-OrgID', httpHeaderName2: 'Authorization' },
      secureJsonData: { httpHeaderValue1: 'bank', httpHeaderValue2: 'Bearer ${TOKEN}' },
    });
  });

  it('gives credentials only to trusted Services, each key where Grafana reads it', async () => {
    const items = ['trusted', 'other'].map((namespace) => called('elasticsearch', { namespace }));
    const backends = (await candidates(...items)).map((one) => ({ ...one, needsCredential: true }));
    const credentials = {
      elasticsearch: { basicAuthUser: 'elastic', basicAuthPassword: '${PASSWORD}', tlsCACert: '${CA}' },
    };

    const { file, unusable } = consumer.generate(backends, { ...access, credentials });

    expect(file.toolsets.trusted_elasticsearch).to.deep.include({
      basicAuth: true,
      basicAuthUser: 'elastic',
      secureJsonData: { basicAuthPassword: '${PASSWORD}', tlsCACert: '${CA}' },
      jsonData: { timeField: '@timestamp', index: '*', tlsAuthWithCACert: true },
    });
    expect(Object.keys(file.toolsets)).to.deep.equal(['trusted_elasticsearch']);
    expect(unusable.map(({ code, service: name }) => [code, name])).to.deep.equal([
      ['CREDENTIAL_MISSING', 'other/elasticsearch'],
    ]);
  });

  it("lists each credential reference once for the operator, and none from a Service's own data", async () => {
    const { spec } = ToolsetConfig.parse({
      apiVersion: 'toolset.kubernaut.ai/v1alpha1',
      kind: 'ToolsetConfig',
      spec: { target: { format: 'grafana-operator', plugins: ['*'] } },
    });
    const operator = grafanaOperator(spec.target);
    const credentials = {
      elasticsearch: { basicAuthUser: '${ES_USER}', basicAuthPassword: '${ES_A}-${ES_B}-${ES_A}' },
      mysql: { user: '${DB_USER}', password: '${DB_PASSWORD}', database: '${DB_NAME}' },
    };
    const backends = await candidates(called('elasticsearch'), called('mysql', { port: 3306 }));
    const hostile = backends.map((one) => ({ ...one, endpoint: { ...one.endpoint, path: '/${ES_USER}' } }));

    const { file } = operator.generate(hostile, { ...access, credentials });

    const references = (operator.objects?.(file) ?? []).map(({ spec: own }) => {
      const { uid, valuesFrom } = own as { uid: string; valuesFrom: { targetPath: string; valueFrom: DataMap }[] };
      const keyOf = ({ secretKeyRef }: DataMap): unknown => (secretKeyRef as DataMap).key;
      return [uid, ...valuesFrom.map((one) => `${one.targetPath} ${String(keyOf(one.valueFrom))}`)];
    });
    expect(references).to.deep.equal([
      [
        'trusted_elasticsearch',
        'basicAuthUser ES_USER',
        'secureJsonData.basicAuthPassword ES_A',
        'secureJsonData.basicAuthPassword ES_B',
      ],
      ['trusted_mysql', 'user DB_USER', 'jsonData.database DB_NAME', 'secureJsonData.password DB_PASSWORD'],
    ]);
  });

  it('gives resources valid Kubernetes names, whatever a tenant is called', () => {
    const { spec } = ToolsetConfig.parse({
      apiVersion: 'toolset.kubernaut.ai/v1alpha1',
      kind: 'ToolsetConfig',
      spec: { target: { format: 'grafana-operator' } },
    });
    const operator = grafanaOperator(spec.target);
    const uids = ['logging_loki', 'logging_loki_Team', 'logging_loki_team', 'logging_loki_team-', '-', 'own'];
    const file = {
      toolsets: Object.fromEntries(uids.map((uid) => [uid, { type: 'loki', url: 'http://loki' }])),
      mcp_servers: {},
    };

    operator.assertAccepted(file);
    const named = (operator.objects?.(file) ?? []).map(({ metadata, spec: own }) => [
      (own as DataMap).uid,
      (metadata as DataMap).name,
    ]);

    expect(Object.fromEntries(named)).to.deep.equal({
      '-': '3973e022e9',
      logging_loki: 'logging.loki',
      logging_loki_Team: 'logging.loki.team',
      logging_loki_team: 'logging.loki.team.b203863255',
      'logging_loki_team-': 'logging.loki.team.290c81cfb3',
      own: 'own',
    });
  });

  it('rejects a second default, with which Grafana does not start, and warns of a duplicate name', async () => {
    const one = { type: 'loki', isDefault: true };
    const file = (toolsets: DataMap): { readonly toolsets: DataMap; readonly mcp_servers: DataMap } => ({
      toolsets,
      mcp_servers: {},
    });
    const two = file({ b: one, a: one, off: { ...one, enabled: false } });

    const refused = await failure(() => {
      consumer.assertAccepted(two);
    });

    expect(refused).to.include({ code: 'OUTPUT_INVALID' });
    expect(refused.message).to.include('the data source "b": isDefault: "a" is the default as well');
    expect(consumer.validateNames?.(two).map(({ name, issue }) => [name, issue.path, issue.effect])).to.deep.equal([
      ['b', ['isDefault'], 'rejected'],
    ]);
    const others = file({ a: { ...one, name: 'Logs' }, b: { type: 'loki', name: 'Logs' }, c: { ...one, orgId: 2 } });
    consumer.assertAccepted(others);
    expect(consumer.validateNames?.(others).map(({ name, issue }) => [name, issue.path])).to.deep.equal([
      ['b', ['name']],
    ]);
  });

  it('leaves out an https backend that Grafana does not trust, unless certificates or a CA are configured', async () => {
    const secure = called('prometheus', { port: 443 });

    const [untrusted, known, unverified] = await Promise.all([
      madeOf([secure]),
      madeOf([secure], { certificates: 'private' }),
      madeOf([secure], { certificates: 'unverified' }),
    ]);
    const byKey = await madeOf([secure], { credentials: { prometheus: { tlsCACert: '${CA}' } } });

    expect(untrusted.file.toolsets).to.deep.equal({});
    expect(untrusted.unusable.map(({ code }) => code)).to.deep.equal(['CERTIFICATE_UNTRUSTED']);
    expect(jsonData(known.file.toolsets.trusted_prometheus)).not.to.have.property('tlsSkipVerify');
    expect(jsonData(unverified.file.toolsets.trusted_prometheus).tlsSkipVerify).to.equal(true);
    expect(jsonData(byKey.file.toolsets.trusted_prometheus).tlsAuthWithCACert).to.equal(true);
  });

  it("escapes variables in a path, so that Grafana's environment does not expand them", async () => {
    const [backend] = await candidates(called('prometheus'));
    if (!backend) throw new Error('it is one');
    const hostile = { ...backend, endpoint: { ...backend.endpoint, path: '/${GF_SECURITY_ADMIN_PASSWORD}/$HOME' } };

    const { file } = consumer.generate([hostile], access);

    expect((file.toolsets.trusted_prometheus as DataMap).url).to.match(
      /\/\$\$\{GF_SECURITY_ADMIN_PASSWORD\}\/\$\$HOME$/,
    );
  });

  const dnsLabel = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  it('gives each Service a valid and unique uid', async () => {
    const [backend] = await candidates(called('prometheus'));
    if (!backend) throw new Error('it is one');
    const uidOf = ([namespace, name, tenant]: readonly string[]): string => {
      const tenants = tenant === undefined ? [] : [tenant, 'other'];
      const one = { ...backend, instance: `${String(namespace)}/${String(name)}` };
      const own = { ...backend.service, namespace: namespace ?? '', name: name ?? '' };
      return consumer.entriesOf({ ...one, service: own, store: { tenants, labels: {}, from: {} } })[0] ?? '';
    };
    const subject = fc.oneof(
      fc.tuple(dnsLabel, dnsLabel),
      fc.tuple(dnsLabel, dnsLabel, fc.constantFrom('a', 'b.c', '1:0')),
    );

    fc.assert(
      fc.property(fc.uniqueArray(subject, { maxLength: 30, selector: (one) => one.join('/') }), (subjects) => {
        const uids = subjects.map(uidOf);
        return new Set(uids).size === uids.length && uids.every((uid) => /^[a-zA-Z0-9_-]{1,40}$/.test(uid));
      }),
    );
    expect(uidOf(['monitoring', 'kube-prometheus-stack-prometheus'])).to.equal(
      'prometheus-stack-prometheus_8033e54625',
    );
  });

  const refused: readonly (readonly [entry: DataMap, effect: string, message: string])[] = [
    [{ type: 'loki', acces: 'proxy' }, 'ignored', 'knows no key "acces"'],
    [{ type: 'loki', access: 'server' }, 'rejected', 'takes proxy or direct'],
    [{ type: 'loki', isDefault: 'yes' }, 'rejected', 'takes true or false'],
    [{ type: 'loki', jsonData: [] }, 'rejected', 'takes a map'],
    [{ type: 'loki', name: 'x'.repeat(191) }, 'rejected', 'at most 190'],
    [{ url: 'http://x' }, 'incomplete', 'has no type'],
  ];
  for (const [entry, effect, message] of refused) {
    it(`reports what Grafana would not accept: ${message}`, () => {
      const issues = consumer.validateEntry('toolsets', 'x', entry);

      expect(issues.map((one) => one.effect)).to.deep.equal([effect]);
      expect(issues[0]?.message).to.include(message);
    });
  }

  it('reports a credential key that Grafana does not read, and a reference that it does not expand', () => {
    const [unknown, unfilled] = [{ api_key: '${X}' }, { basicAuthPassword: '{{ env.X }}' }].map(
      (one) => consumer.validateCredential('loki', one)[0],
    );

    expect(unknown?.message).to.equal('Grafana knows no key "api_key" here');
    expect(unfilled?.message).to.equal('basicAuthPassword: Grafana does not fill in {{ … }}');
  });
});
