import type { ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { probeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import type { StoreAnswer, StoreContent, StoreQuestion } from '../../../../plugin/cluster/stores/question.ts';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import type { Discovery } from '../../../../plugin/discovery/discover.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { service, slice } from '../../../support/objects.ts';
import type { ServiceOptions } from '../../../support/objects.ts';
import type { DiscoveryFixture } from '../fixture.ts';
import { discoverFixture } from '../fixture.ts';

export const before = '2026-03-01T10:00:00Z';
export const written = '2026-03-01T10:01:00Z';
export const after = '2026-03-01T10:02:00Z';
export const nextDay = '2026-03-02T10:01:01Z';

/** A Loki and its endpoints; the latest change of a recording is its clock. */
export function lokiObjects(
  options: ServiceOptions & { readonly changedAt?: string; readonly now?: string } = {},
): KubeObject[] {
  const { changedAt = before, now = changedAt, ...more } = options;
  const loki = service({
    ...{ namespace: 'logging', name: 'loki', labels: { 'app.kubernetes.io/name': 'loki' } },
    ports: [{ name: 'http-metrics', port: 3100 }],
    ...more,
  });
  const clock = service({ name: 'clock' });
  return [loki, slice(loki, { changedAt }), clock, slice(clock, { changedAt: now })];
}

export const openTelemetry = ['k8s_namespace_name', 'k8s_pod_name', 'service_name'];

export function told(names: readonly string[], more: Partial<StoreContent> = {}): StoreAnswer {
  return { content: { tenants: [], names: new Set(names), clusterLabel: null, clusters: null, ...more } };
}

export const answered: ProbeResult = {
  healthy: true,
  identified: true,
  ...probeReason('Answered', { status: 200, url: '' }),
};
export const wantsTenant: ProbeResult = {
  ...{ healthy: true, needsCredential: true, needsTenant: true },
  ...probeReason('TenantRequired', { status: 401 }),
};

/** One run, and which stores it asked. */
export interface LearningRun extends Discovery {
  readonly questions: readonly StoreQuestion[];
  readonly loki: Candidate | undefined;
}

export async function learn(
  items: readonly KubeObject[],
  answer: StoreAnswer | 'pending' | ((question: StoreQuestion) => StoreAnswer),
  more: Omit<DiscoveryFixture, 'items' | 'stores'> = {},
): Promise<LearningRun> {
  const questions: StoreQuestion[] = [];
  const discovery = await discoverFixture({
    items,
    prober: () => answered,
    stores: (question) => {
      questions.push(question);
      return typeof answer === 'function' ? answer(question) : answer;
    },
    ...more,
  });
  return { ...discovery, questions, loki: discovery.admitted.find(({ detector }) => detector.id === 'loki') };
}
