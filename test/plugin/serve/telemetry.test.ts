import { expect } from 'chai';
import { PluginError } from '../../../plugin/lib/errors.ts';
import type { CacheRestart } from '../../../plugin/serve/cache/index.ts';
import type { SyncEvent } from '../../../plugin/serve/argocd/sync-controller.ts';
import type { Emit } from '../../../plugin/serve/events.ts';
import { createMetrics } from '../../../plugin/serve/metrics/metrics.ts';
import type { Metrics } from '../../../plugin/serve/metrics/metrics.ts';
import { failure, reportSyncEvent, reportRestart, reportStatus } from '../../../plugin/serve/telemetry.ts';
import type { ConfigMapStatus } from '../../../plugin/serve/reconcile/status.ts';
import { applicationCondition, configMapProblem } from '../../../plugin/serve/reasons.ts';
import { testClock } from '../../support/clock.ts';
import { application } from './argocd/argo-cd-model.ts';
import { empty, upToDate } from './config-map-status.ts';

const current: ConfigMapStatus = { ...upToDate, digest: 'sha256:old', desired: 'sha256:old' };
const names = { configMap: 'holmesgpt/toolsets', application: 'argocd/one' };
/** Every ConfigMap that is out of date has been so for 1.5 s. */
const clock = testClock();
const unreachable = new PluginError('ARGOCD_FAILED', 'Argo CD does not answer', { hint: 'look at argocd-server' });

describe('plugin/serve/telemetry', () => {
  let metrics: Metrics;
  let told: object[];
  const emit: Emit = (event, fields) => told.push({ event, ...fields });

  beforeEach(() => {
    metrics = createMetrics();
    told = [];
  });

  describe('for a watch', () => {
    const ended: CacheRestart = {
      collection: 'services',
      namespace: null,
      cause: 'closed',
      error: null,
      delayMs: 12.6,
    };

    it('reports one that ended normally', async () => {
      reportRestart(ended, emit, metrics);

      expect(told).to.deep.equal([
        { event: 'watch-ended', collection: 'services', namespace: undefined, cause: 'closed', retryInMs: 13 },
      ]);
      expect(await counted('toolset_watch_restarts_total')).to.deep.equal([
        { collection: 'services', cause: 'closed', count: 1 },
      ]);
    });

    it('reports one that failed, with a hint', () => {
      const error = new PluginError('CLUSTER_FORBIDDEN', 'watch services is forbidden', { hint: 'add a rule' });

      reportRestart({ ...ended, namespace: 'shop', cause: 'forbidden', error }, emit, metrics);

      expect(told).to.deep.equal([
        {
          event: 'watch-failed',
          collection: 'services',
          namespace: 'shop',
          cause: 'forbidden',
          retryInMs: 13,
          code: 'CLUSTER_FORBIDDEN',
          message: 'watch services is forbidden',
          hint: 'add a rule',
        },
      ]);
    });
  });

  describe('for a ConfigMap', () => {
    const outOfDate: ConfigMapStatus = {
      ...current,
      desired: 'sha256:new',
      outOfDateSince: clock.now() - 1_500,
      cause: 'services',
    };

    it('reports that it is out of date, once per desired digest', () => {
      reportStatus(outOfDate, current, { emit, metrics, clock });
      reportStatus({ ...outOfDate, cause: 'endpoints' }, outOfDate, { emit, metrics, clock });
      reportStatus({ ...outOfDate, desired: 'sha256:newer' }, outOfDate, { emit, metrics, clock });

      const event = { event: 'configmap-out-of-date', ...names, cause: 'services', digest: 'sha256:old' };
      expect(told).to.deep.equal([
        { ...event, desired: 'sha256:new' },
        { ...event, desired: 'sha256:newer' },
      ]);
    });

    it('reports that it is up to date again, with the cause of the change and its duration', async () => {
      const digest = 'sha256:new';
      reportStatus({ ...current, digest, desired: digest, cause: 'configMaps' }, outOfDate, { emit, metrics, clock });

      expect(told).to.have.length(1);
      expect(told[0]).to.include({ event: 'configmap-up-to-date', ...names, cause: 'services', outOfDateMs: 1_500 });
      expect(await counted('toolset_configmap_reconcile_total')).to.deep.equal([
        { operation: 'update', status: 'success', count: 1 },
      ]);
    });

    it('that has a problem while it is out of date, and how long it took in all', async () => {
      const problem = configMapProblem('ClustersNotRead', { clusters: 'far' });
      const stuck: ConfigMapStatus = { ...outOfDate, problem, desired: null };
      reportStatus(stuck, outOfDate, { emit, metrics, clock });
      reportStatus({ ...current, digest: 'sha256:new', desired: 'sha256:new' }, stuck, { emit, metrics, clock });

      expect(told).to.have.length(2);
      expect(told[0]).to.include({ event: 'configmap-problem', reason: 'ClustersNotRead' });
      expect(told[1]).to.include({ event: 'configmap-up-to-date', cause: 'services', outOfDateMs: 1_500 });
      expect(await counted('toolset_configmap_reconcile_total')).to.have.length(1);
    });

    it('reports once that it cannot be evaluated', () => {
      const stuck: ConfigMapStatus = {
        ...current,
        problem: configMapProblem('ApplicationNotFound'),
        desired: null,
        application: null,
      };
      reportStatus(stuck, current, { emit, metrics, clock });
      reportStatus(stuck, stuck, { emit, metrics, clock });
      reportStatus(current, stuck, { emit, metrics, clock });

      expect(told).to.deep.equal([
        {
          event: 'configmap-problem',
          ...names,
          application: null,
          cause: 'start',
          reason: 'ApplicationNotFound',
          message: 'no Application that uses the plugin lists it',
        },
      ]);
    });

    it('reports once that it is empty, and never that it is up to date', () => {
      reportStatus({ ...empty, cause: 'services' }, outOfDate, { emit, metrics, clock });
      reportStatus({ ...empty, cause: 'time' }, empty, { emit, metrics, clock });

      expect(told).to.deep.equal([{ event: 'configmap-empty', ...names, cause: 'services' }]);
    });

    it('reports each warning that needs action once', () => {
      const rejected = { code: 'OVERRIDE_REJECTED', message: 'overrides.yaml:2:3 unknown toolset; remove it' };
      const hint = { code: 'OVERRIDE_UNUSED', message: 'overrides.yaml:4:3 changes nothing' };
      const warned = { ...current, warnings: [hint, rejected] };
      reportStatus(warned, current, { emit, metrics, clock });
      reportStatus({ ...warned, cause: 'time' }, warned, { emit, metrics, clock });

      expect(told).to.deep.equal([{ event: 'configmap-warnings', ...names, cause: 'start', ...rejected, count: 1 }]);
    });

    it('reports nothing when it is deleted', () => {
      reportStatus(undefined, outOfDate, { emit, metrics, clock });

      expect(told).to.deep.equal([]);
    });
  });

  describe('for requests to Argo CD', () => {
    const one = application({});
    const outOfDate: ConfigMapStatus = {
      ...current,
      desired: 'sha256:new',
      outOfDateSince: clock.now() - 1_500,
      cause: 'endpoints',
    };
    const report = (event: SyncEvent, of = one): void => {
      reportSyncEvent(event, of, [current, outOfDate], { emit, metrics, clock });
    };

    for (const request of ['refresh', 'sync'] as const)
      it(`reports a ${request} with the ConfigMap that it is for`, async () => {
        report({ kind: 'requested', request, result: 'accepted', attempt: 2 });

        expect(told[0]).to.include({ event: `${request}-requested`, ...names, cause: 'endpoints', attempt: 2 });
        expect(await counted('toolset_argocd_requests_total')).to.deep.equal([
          { request, result: 'accepted', cause: 'endpoints', count: 1 },
        ]);
        expect(await counted('toolset_configmap_reconcile_total')).to.deep.equal([
          { operation: request, status: 'success', count: 1 },
        ]);
      });

    it('reports a request that failed', async () => {
      report({ kind: 'request-failed', request: 'refresh', error: unreachable });

      expect(told).to.deep.equal([
        {
          event: 'request-failed',
          application: 'argocd/one',
          request: 'refresh',
          code: 'ARGOCD_FAILED',
          message: 'Argo CD does not answer',
          hint: 'look at argocd-server',
        },
      ]);
      expect(await counted('toolset_configmap_reconcile_total')).to.deep.equal([
        { operation: 'refresh', status: 'failure', count: 1 },
      ]);
    });

    it("reports a failed generation with Argo CD's message and the plugin's error code", async () => {
      const generationError =
        'generate failed: {"level":"error","code":"SETTINGS_INVALID","message":"toolset.yaml:3:5"}';
      report(
        { kind: 'failure', reason: 'GenerationFailed', retryInMs: 2000.4, attempt: 1 },
        application({ generationError }),
      );

      expect(told).to.deep.equal([
        {
          event: 'generation-failed',
          application: 'argocd/one',
          reason: 'GenerationFailed',
          message: `Argo CD could not generate the manifests: ${generationError}`,
          retryInMs: 2000,
          attempt: 1,
        },
      ]);
      expect(await counted('toolset_generation_failures_total')).to.deep.equal([
        { toolset_type: 'all', error_type: 'SETTINGS_INVALID', count: 1 },
      ]);
    });

    it('reports that a refresh had no effect', async () => {
      report({ kind: 'failure', reason: 'RefreshHadNoEffect', retryInMs: 4000, attempt: 2 });

      expect(told).to.deep.equal([
        {
          event: 'refresh-had-no-effect',
          application: 'argocd/one',
          reason: 'RefreshHadNoEffect',
          message: applicationCondition('RefreshHadNoEffect').message,
          retryInMs: 4000,
          attempt: 2,
        },
      ]);
      expect(await counted('toolset_argocd_failures_total')).to.deep.equal([
        { reason: 'RefreshHadNoEffect', count: 1 },
      ]);
    });

    it("reports that a sync did not update the ConfigMap, with at most 1,000 characters of Argo CD's message", async () => {
      const message = `quota exceeded ${'x'.repeat(2_000)}`;
      report(
        { kind: 'failure', reason: 'SyncFailed', retryInMs: 2_000, attempt: 1 },
        application({ lastOperation: { phase: 'Failed', message, finishedAt: '2026-01-01T00:00:00Z', hooks: false } }),
      );

      expect(told).to.deep.equal([
        {
          event: 'sync-failed',
          application: 'argocd/one',
          reason: 'SyncFailed',
          retryInMs: 2_000,
          attempt: 1,
          message: `the last sync did not update the ConfigMap: ${message.slice(0, 1_000)}`,
        },
      ]);
      expect(await counted('toolset_argocd_failures_total')).to.deep.equal([{ reason: 'SyncFailed', count: 1 }]);
      expect(await counted('toolset_configmap_reconcile_total')).to.deep.equal([
        { operation: 'sync', status: 'failure', count: 1 },
      ]);
    });

    for (const [result, operations] of [
      ['accepted', 1],
      ['busy', 1],
      ['changed', 0],
      ['deferred', 0],
    ] as const)
      it(`reports a sync with the result ${result}, and counts it ${operations === 0 ? 'not at all' : 'as a success'}`, async () => {
        report({ kind: 'requested', request: 'sync', result, attempt: 1 });

        expect(told[0]).to.include({ event: 'sync-requested', result });
        expect(await counted('toolset_configmap_reconcile_total')).to.have.length(operations);
      });

    it('reports why an Application needs action', () => {
      report({ kind: 'blocked', reason: 'SyncWindow' });

      expect(told[0]).to.include({ event: 'application-needs-action', ...names, reason: 'SyncWindow' });
    });
  });

  it('logs a bug with its stack, and anything else that was thrown as text', () => {
    expect(failure(new TypeError('no such thing')).message).to.match(/^TypeError: no such thing\n +at /);
    expect(failure('text')).to.deep.equal({ code: 'BUG', message: 'text' });
  });

  /** Series of a counter that have counted anything. */
  async function counted(name: string): Promise<object[]> {
    const all = await metrics.registry.getMetricsAsJSON();
    const { values } = all.find((one) => one.name === name)! as { values: { labels: object; value: number }[] };
    return values.filter(({ value }) => value > 0).map(({ labels, value }) => ({ ...labels, count: value }));
  }
});
