import { expect } from 'chai';
import { execFile } from 'node:child_process';
import perfHooks from 'node:perf_hooks';
import { systemClock } from '../../../../plugin/lib/clock.ts';
import { definitions, labels } from '../../../../plugin/serve/metrics/definitions.ts';
import { errorType, serviceType, toolsetType } from '../../../../plugin/serve/metrics/label-values.ts';
import { collectionNames } from '../../../../plugin/serve/cache/index.ts';
import { otherCollections } from '../../../../plugin/serve/clusters/other-cluster.ts';
import { createMetrics } from '../../../../plugin/serve/metrics/metrics.ts';
import type { Metrics } from '../../../../plugin/serve/metrics/metrics.ts';
import { addGauges, addWatchGauge } from '../../../../plugin/serve/metrics/gauges.ts';
import type { ConfigMapStatus } from '../../../../plugin/serve/reconcile/status.ts';
import { instrumentProber, recordDiscoveries } from '../../../../plugin/serve/metrics/discovery-metrics.ts';
import { recordDrift } from '../../../../plugin/serve/metrics/drift.ts';
import type { Decision } from '../../../../plugin/discovery/decision.ts';
import { probeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import type { ProbeRequest } from '../../../../plugin/cluster/probe/probe.ts';
import type { ObservedDiscovery } from '../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import { noSourceChanges } from '../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import { realPart } from '../../../support/real-part.ts';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { clusterModel } from '../cluster-model.ts';
import { empty } from '../config-map-status.ts';

/** What the original service promised, with the labels that its dashboards and alerts use. */
const promised = {
  toolset_services_discovered_total: ['service_type', 'namespace'],
  toolset_discovery_duration_seconds: ['status'],
  toolset_detectors_health_status: ['detector_type'],
  toolset_health_checks_total: ['service_type', 'status'],
  toolset_health_check_duration_seconds: ['service_type'],
  toolset_unhealthy_services: ['service_type'],
  toolset_configmap_drift_detected_total: ['drift_type'],
  toolset_configmap_reconcile_total: ['operation', 'status'],
  toolset_reconciliation_duration_seconds: [],
  toolset_toolsets_generated_total: ['toolset_type'],
  toolset_generation_failures_total: ['toolset_type', 'error_type'],
  toolset_http_requests_total: ['endpoint', 'method', 'status'],
  toolset_http_request_duration_seconds: ['endpoint', 'method', 'status'],
} as const;

describe('plugin/serve/metrics/metrics', () => {
  for (const [name, names] of Object.entries(promised)) {
    it(`defines ${name} with its labels`, () => {
      expect(definitions).to.have.property(name).with.property('labels').that.deep.equals(names);
    });
  }

  it('registers exactly the metrics of the definitions', async () => {
    const { registry } = complete([]);

    const own = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('toolset_'));
    expect(own.map(({ name }) => name).sort()).to.deep.equal(Object.keys(definitions).sort());
    expect(own.map(({ name, help, type }) => [name, help, String(type)])).to.have.deep.members(
      Object.entries(definitions).map(([name, { help, type }]) => [name, help, type]),
    );
  });

  it('samples the event loop lag every 50 ms, because each sample wakes an idle process', () => {
    const { monitorEventLoopDelay } = perfHooks;
    const asked: (number | undefined)[] = [];
    perfHooks.monitorEventLoopDelay = (options) => {
      asked.push(options?.resolution);
      return monitorEventLoopDelay(options);
    };
    try {
      createMetrics();
    } finally {
      perfHooks.monitorEventLoopDelay = monitorEventLoopDelay;
    }

    expect(asked).to.deep.equal([50]);
  });

  it('documents the possible values of every label', () => {
    const used = Object.values(definitions).flatMap((spec) => [...spec.labels]);

    expect(Object.keys(labels).sort()).to.deep.equal([...new Set(used)].sort());
  });

  it('passes the Prometheus linter', async function () {
    const { registry } = complete([tracked('a', 1)]);
    const checked = await promtool(await registry.metrics());
    if (!realPart('promtool', checked !== null, 'apt-get install prometheus')) this.skip();

    expect(checked).to.deep.equal({ code: 0, output: '' });
  });

  it('initialises counters to zero, so that the first event is an increase', async () => {
    const text = await createMetrics().registry.metrics();

    expect(text).to.include('toolset_configmap_drift_detected_total{drift_type="modified"} 0\n');
    expect(text).to.include('toolset_configmap_reconcile_total{operation="sync",status="failure"} 0\n');
    expect(text).to.include('toolset_discovery_duration_seconds_count{status="failure"} 0\n');
  });

  it('limits the series of ConfigMaps, and keeps those that have been out of date the longest', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => tracked(`cm-${index}`, index % 2 === 0 ? index : null));

    const text = await complete(many).registry.metrics();

    const behind = text.match(/^toolset_configmap_out_of_date_seconds\{.*$/gm) ?? [];
    expect(behind).to.have.lengthOf(200);
    expect(behind.join('\n'))
      .to.include('name="cm-0"')
      .and.not.include('name="cm-1"')
      .and.not.include('name="cm-4998"');
    expect(text).to.include('toolset_configmaps{state="out-of-date"} 2500\n');
    expect(text).to.include('toolset_configmaps{state="up-to-date"} 2501\n');
  });

  it('labels watches and ConfigMaps with their cluster', async () => {
    const text = await complete([tracked('c', null)]).registry.metrics();

    expect(text.match(/^toolset_configmap_problem\{.*$/gm)).to.deep.equal([
      'toolset_configmap_problem{dest_cluster="in-cluster",namespace="holmesgpt",name="c",application="argocd/c"} 0',
      'toolset_configmap_problem{dest_cluster="spoke",namespace="holmesgpt",name="c",application="argocd/c"} 0',
    ]);
    expect(text).to.include('toolset_watch_up{collection="services",dest_cluster="spoke"} 0\n');
    expect(text).to.include('toolset_watch_up{collection="applications",dest_cluster="in-cluster"} 1\n');
    expect(text).to.not.include('{collection="applications",dest_cluster="spoke"}');
    expect(text).to.include('toolset_cached_objects{collection="services",dest_cluster="spoke"} 0\n');
  });

  it('labels a failed generation with the cluster `other` unless that cluster is open', async () => {
    const failed = { generationError: 'failed to generate manifest', otherCluster: 'made-up' };

    const text = await complete([], [application(failed)]).registry.metrics();

    expect(text)
      .to.match(/^toolset_configmap_generation_failed\{dest_cluster="other",/m)
      .and.not.include('made-up');
  });

  it('labels the first fifty namespaces by name, and all others as `other`', () => {
    const { namespaceLabel } = createMetrics();
    const names = Array.from({ length: 10_000 }, (_, index) => `team-${index}`);

    expect(new Set(names.map(namespaceLabel)).size).to.equal(51);
    expect(namespaceLabel('team-49')).to.equal('team-49');
    expect(namespaceLabel('team-50')).to.equal('other');
  });

  it('counts Services per detector, decision and reason, with bounded labels', async () => {
    const metrics = createMetrics();
    const discoveries = recordDiscoveries(metrics).open();
    const decide = (id: string | null, decision: string, reason: string): Decision =>
      ({ detector: id === null ? null : { id }, decision, reason, service: { namespace: 'a', name: 'b' } }) as Decision;
    const all = [
      decide('prometheus', 'selected', 'Ready'),
      decide('prometheus', 'redundant', 'SamePods'),
      decide('my-own', 'unhealthy', 'NotReady'),
      decide('my-other', 'unhealthy', 'NotReady'),
      decide(null, 'ignored', 'NothingPointsAtIt'),
    ];
    const conclusion = { decisions: all } as unknown as ObservedDiscovery['conclusion'];
    const file = { toolsets: {}, mcp_servers: {} };
    for (const configMap of ['one', 'two']) {
      discoveries.record(
        configMap,
        { conclusion, digest: '', file, detectors: ['prometheus'], changes: noSourceChanges },
        1,
      );
    }

    const text = await metrics.registry.metrics();
    expect(text.match(/^toolset_detector_services\{.*$/gm)).to.deep.equal([
      'toolset_detector_services{detector_type="prometheus",decision="selected",reason="Ready"} 2',
      'toolset_detector_services{detector_type="prometheus",decision="redundant",reason="SamePods"} 2',
      'toolset_detector_services{detector_type="custom",decision="unhealthy",reason="NotReady"} 4',
    ]);
  });

  it('counts failed health checks by reason, and reports each check', async () => {
    const metrics = createMetrics();
    const told: boolean[] = [];
    const prober = instrumentProber(
      ({ target: url }) =>
        url === 'good'
          ? { healthy: true, ...probeReason('Answered', { status: 200, url }) }
          : { healthy: false, ...probeReason('ConnectionRefused', { url }) },
      metrics,
      (_request, { healthy }) => told.push(healthy),
    );
    for (const target of ['good', 'bad', 'bad']) await prober({ detector: 'prometheus', target } as ProbeRequest);

    const text = await metrics.registry.metrics();
    expect(text.match(/^toolset_health_check_failures_total\{.*$/gm)).to.deep.equal([
      'toolset_health_check_failures_total{service_type="prometheus",reason="ConnectionRefused"} 2',
    ]);
    expect(told).to.deep.equal([true, false, false]);
  });

  it('labels built-in products and toolsets by name, and user-defined ones as `custom`', () => {
    expect([serviceType('prometheus'), serviceType('my-own')]).to.deep.equal(['prometheus', 'custom']);
    expect([toolsetType('prometheus/metrics'), toolsetType('mine/a/b')]).to.deep.equal([
      'prometheus/metrics',
      'custom',
    ]);
  });

  it('reports the selected Services and warnings of each ConfigMap with its name and Application', async () => {
    const warned = {
      ...tracked('warned', null),
      warnings: [unused, unused, rejected, { code: 'MADE_UP', message: '' }],
    };
    const all = [warned, { ...empty, name: 'empty', application: null }];
    const text = await complete(all).registry.metrics();

    const own = text.match(/^toolset_configmap_(?:selected_services|warnings)\{.*$/gm) ?? [];
    expect(
      own.map((line) => line.replace('toolset_configmap_', '').replace('namespace="holmesgpt",', '')),
    ).to.deep.equal([
      'selected_services{dest_cluster="in-cluster",name="warned",application="argocd/warned"} 1',
      'selected_services{dest_cluster="in-cluster",name="empty",application=""} 0',
      'selected_services{dest_cluster="spoke",name="c",application="argocd/c"} 1',
      'warnings{dest_cluster="in-cluster",name="warned",application="argocd/warned",code="OVERRIDE_UNUSED",needs_action="false"} 2',
      'warnings{dest_cluster="in-cluster",name="warned",application="argocd/warned",code="OVERRIDE_REJECTED",needs_action="true"} 1',
      'warnings{dest_cluster="in-cluster",name="warned",application="argocd/warned",code="other",needs_action="false"} 1',
      'warnings{dest_cluster="in-cluster",name="empty",application="",code="NOTHING_DISCOVERED",needs_action="true"} 1',
    ]);
    expect(text).to.include('toolset_configmaps{state="empty"} 1\n').and.include('{state="up-to-date"} 2\n');
  });

  it('reports the ConfigMap, Application and error type of a failed generation', async () => {
    const generationError = 'failed exit status 3: {"code":"CLUSTER_FORBIDDEN"}';
    const listed = [{ namespace: 'holmesgpt', name: 'toolsets', status: 'Synced' } as const];
    const metrics = complete(
      [],
      [
        application({ name: 'one', generationError, configMaps: listed }),
        application({ name: 'new', generationError: 'signal: killed', configMaps: [] }),
        application({ name: 'fine' }),
      ],
    );

    const text = await metrics.registry.metrics();

    expect(text.match(/^toolset_configmap_generation_failed\{.*$/gm)).to.deep.equal([
      'toolset_configmap_generation_failed{dest_cluster="in-cluster",namespace="holmesgpt",name="toolsets",application="argocd/one",error_type="CLUSTER_FORBIDDEN"} 1',
      'toolset_configmap_generation_failed{dest_cluster="in-cluster",namespace="",name="",application="argocd/new",error_type="other"} 1',
    ]);
  });

  it('does not report a failed generation for a ConfigMap that another source of the Application has', async () => {
    const listed = ['toolsets', 'of-the-chart'].map(
      (name) => ({ namespace: 'holmesgpt', name, status: 'Unknown' }) as const,
    );
    const metrics = complete(
      [tracked('toolsets', null)],
      [application({ name: 'one', generationError: 'signal: killed', configMaps: listed })],
    );

    const text = await metrics.registry.metrics();

    expect(text.match(/^toolset_configmap_generation_failed\{.*$/gm)).to.deep.equal([
      'toolset_configmap_generation_failed{dest_cluster="in-cluster",namespace="holmesgpt",name="toolsets",application="argocd/one",error_type="other"} 1',
    ]);
  });

  it("parses the error code out of Argo CD's message, and maps an unknown code to `other`", () => {
    const says = (code: string): string => `failed exit status 3: {"level":"error","code":"${code}","message":"…"}`;

    expect(errorType(says('CLUSTER_FORBIDDEN'))).to.equal('CLUSTER_FORBIDDEN');
    expect(errorType(says('MADE_UP'))).to.equal('other');
    expect(errorType('exit status 3: Error: m\nh\nCLUSTER_FORBIDDEN: https://example.com/e')).to.equal(
      'CLUSTER_FORBIDDEN',
    );
    expect(errorType('exit status 3: Error: m\nh\nMADE_UP: https://example.com/e')).to.equal('other');
    expect(errorType('signal: killed')).to.equal('other');
  });
});

const unused = { code: 'OVERRIDE_UNUSED', message: '4:3 unused' };
const rejected = { code: 'OVERRIDE_REJECTED', message: '2:3 rejected' };

/** With everything that registers its own. */
function complete(configMaps: readonly ConfigMapStatus[], applications: readonly ApplicationView[] = []): Metrics {
  const metrics = createMetrics();
  const { caches, putApplication } = clusterModel();
  applications.forEach(putApplication);
  const watched = { ...caches, health: () => ({ watching: true }) as ReturnType<typeof caches.health> };
  recordDiscoveries(metrics);
  recordDrift(metrics);
  const spoke = { ...watched, health: () => ({ watching: false }) as ReturnType<typeof caches.health> };
  const clusters = [
    {
      name: 'in-cluster',
      isReadable: true,
      caches: watched,
      collections: collectionNames,
      configMaps: new Map(configMaps.map((one) => [`${one.namespace}/${one.name}`, one])),
    },
    {
      name: 'spoke',
      isReadable: false,
      caches: spoke,
      collections: otherCollections,
      configMaps: new Map([['h/c', tracked('c', null)]]),
    },
  ];
  addWatchGauge(metrics, () => clusters);
  addGauges(metrics, {
    applications: caches.applications,
    clusters: () => clusters,
    destinationOf: ({ otherCluster }) => (otherCluster === null ? 'in-cluster' : null),
    unopened: () => 3,
    isLeader: () => true,
    clock: systemClock,
    needsAction: (application) => application === 'argocd/left',
  });
  return metrics;
}

function tracked(name: string, outOfDateSince: number | null): ConfigMapStatus {
  return {
    namespace: 'holmesgpt',
    name,
    application: `argocd/${name}`,
    problem: null,
    digest: 'a',
    desired: outOfDateSince === null ? 'a' : 'b',
    services: { selected: 1, unhealthy: 0 },
    warnings: [],
    outOfDateSince,
    cause: 'services',
  };
}

/** `null` where there is none. */
async function promtool(metrics: string): Promise<{ readonly code: number; readonly output: string } | null> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string } | null>();
  const child = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) => {
    if (error?.code === 'ENOENT') resolve(null);
    else resolve({ code: child.exitCode ?? 0, output: stdout + stderr });
  });
  child.stdin?.on('error', () => undefined).end(metrics);
  return promise;
}
