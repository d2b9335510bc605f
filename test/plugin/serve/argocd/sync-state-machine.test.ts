import { expect } from 'chai';
import fc from 'fast-check';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { Attempts } from '../../../../plugin/serve/argocd/attempts.ts';
import { backedOff, requested } from '../../../../plugin/serve/argocd/attempts.ts';
import type { Step } from '../../../../plugin/serve/argocd/sync-state-machine.ts';
import { nextStep } from '../../../../plugin/serve/argocd/sync-state-machine.ts';
import { application, simulate } from './argo-cd-model.ts';
import type { Change } from './argo-cd-model.ts';

const behind = [{ namespace: 'h', name: 'c', desired: 'sha256:new' }];
const outOfSync = [{ namespace: 'h', name: 'c', status: 'OutOfSync' as const }];

describe('plugin/serve/argocd/sync-state-machine', () => {
  it('does nothing when every ConfigMap is up to date', () => {
    expect(nextStep(application(), [], null, 0)).to.deep.equal({ step: { kind: 'done' }, attempts: null });
  });

  it('requests a refresh when a ConfigMap is out of date', () => {
    expect(nextStep(application(), behind, null, 0).step).to.deep.equal({ kind: 'refresh' });
  });

  it('requests a refresh when generation failed, even if no ConfigMap is out of date', () => {
    expect(nextStep(application({ generationError: 'failed to generate' }), [], null, 0).step.kind).to.equal('refresh');
  });

  const waits: readonly (readonly [title: string, differences: Partial<ApplicationView>, step: Step])[] = [
    [
      'a refresh is pending: another one would be lost',
      { refresh: 'hard' },
      { kind: 'wait', reason: 'RefreshRunning', until: 60_007 },
    ],
    ["a person's refresh is pending", { refresh: 'normal' }, { kind: 'wait', reason: 'RefreshRunning', until: 60_007 }],
    [
      'an operation is running',
      { operation: { message: 'x' } },
      { kind: 'wait', reason: 'OperationRunning', until: 60_007 },
    ],
    ['Argo CD ignores the Application', { skipped: true }, { kind: 'blocked', reason: 'ReconcileSkipped' }],
    ['the Application is being deleted', { deleting: true }, { kind: 'blocked', reason: 'ApplicationDeleting' }],
    [
      'a sync window blocks the operation',
      { operation: { message: 'Sync operation blocked by sync window' } },
      { kind: 'blocked', reason: 'SyncWindow' },
    ],
  ];
  for (const [title, differences, step] of waits) {
    it(`requests nothing while ${title}`, () => {
      expect(nextStep(application(differences), behind, null, 7).step).to.deep.equal(step);
    });
  }

  it('draws no conclusion from an Application that has not changed since the request', () => {
    const { attempts } = asked('refresh');

    expect(nextStep(application(), behind, attempts, 10).step).to.include({ kind: 'wait', reason: 'RequestPending' });
    expect(nextStep(application(), behind, attempts, 60_000).step).to.include({ failure: 'RefreshHadNoEffect' });
  });

  it('waits for the Application to change, or for a minute, after a request that Argo CD did not accept', () => {
    const { attempts } = nextStep(application(), behind, null, 0);

    const waiting = requested(attempts!, 'nothing', '1', 0);

    const pending = { kind: 'wait', reason: 'RequestPending', until: 60_000 };
    expect(nextStep(application(), behind, waiting, 59_999).step).to.deep.equal(pending);
    expect(nextStep(application(), behind, waiting, 60_000).step.kind).to.equal('refresh');
    expect(nextStep(application({ resourceVersion: '2' }), behind, waiting, 10).step.kind).to.equal('refresh');
  });

  it('requests a sync of only the out-of-date ConfigMap once the refresh has shown that it is out of sync', () => {
    const { attempts } = asked('refresh');
    const others = [...outOfSync, { namespace: 'h', name: 'other', status: 'OutOfSync' as const }];

    const { step } = nextStep(application({ resourceVersion: '2', configMaps: others }), behind, attempts, 300);

    expect(step).to.deep.equal({ kind: 'sync', configMaps: outOfSync });
  });

  it('distinguishes ConfigMaps by namespace and name', () => {
    const { attempts } = asked('refresh');
    const two = [...behind, { namespace: 'other', name: 'd', desired: 'sha256:new' }];
    const same = nextStep(application(), two, null, 0).attempts!;
    const configMaps = [
      ...outOfSync,
      { namespace: 'other', name: 'c', status: 'OutOfSync' as const },
      { namespace: 'h', name: 'd', status: 'OutOfSync' as const },
    ];
    const after = application({ resourceVersion: '2', configMaps });

    expect(nextStep(after, behind, attempts, 300).step).to.deep.equal({ kind: 'sync', configMaps: outOfSync });
    const next = nextStep(after, two, requested(same, 'refresh', '1', 0), 300);
    expect(next.step).to.deep.equal({ kind: 'sync', configMaps: outOfSync });
  });

  it('leaves the sync to people without selfHeal, and to self-heal in refresh mode', () => {
    const { attempts } = asked('refresh');
    const manual = application({ resourceVersion: '2', configMaps: outOfSync, selfHeal: false });
    const healing = application({ resourceVersion: '2', configMaps: outOfSync });

    expect(nextStep(manual, behind, attempts, 300).step).to.deep.equal({ kind: 'blocked', reason: 'NoSelfHeal' });
    expect(nextStep(healing, behind, attempts, 300, { syncMode: 'refresh' }).step).to.deep.equal({
      kind: 'wait',
      reason: 'SelfHeal',
      until: 60_300,
    });
  });

  for (const [title, selfHeal, syncMode] of [
    ['without selfHeal', false, 'sync'],
    ['in refresh mode', true, 'refresh'],
  ] as const) {
    it(`reports that the refresh had no effect when nothing is out of sync ${title}`, () => {
      const { attempts } = asked('refresh');

      const { step } = nextStep(application({ resourceVersion: '2', selfHeal }), behind, attempts, 2_000, { syncMode });

      expect(step).to.include({ failure: 'RefreshHadNoEffect' });
    });
  }

  it('allows time for the event of the ConfigMap that was just applied', () => {
    const { attempts } = asked('refresh');

    expect(nextStep(application({ resourceVersion: '2' }), behind, attempts, 300).step).to.deep.equal({
      kind: 'wait',
      reason: 'ConfigMapEvent',
      until: 2_000,
    });
  });

  it("waits after an operation that ended later than the Application's last comparison", () => {
    const { attempts } = asked('refresh');
    const lastOperation = { phase: 'Succeeded', message: '', finishedAt: '2026-01-01T00:00:01Z', hooks: false };
    const stale = application({ resourceVersion: '2', configMaps: outOfSync, lastOperation });

    expect(nextStep(stale, behind, attempts, 300).step).to.include({ kind: 'wait', reason: 'ConfigMapEvent' });
    expect(nextStep(stale, behind, attempts, 2_000).step.kind).to.equal('sync');
  });

  it('syncs at once when the Application was compared in the second in which its last operation ended', () => {
    const { attempts } = asked('refresh');
    const lastOperation = { phase: 'Succeeded', message: '', finishedAt: '2026-01-01T00:00:00Z', hooks: false };
    const compared = application({ resourceVersion: '2', configMaps: outOfSync, lastOperation });

    expect(nextStep(compared, behind, attempts, 300).step.kind).to.equal('sync');
  });

  it('attributes a failed operation only to its own sync', () => {
    const [before, after] = [asked('refresh').attempts, asked('sync').attempts];
    const failed = { phase: 'Failed', message: 'no', finishedAt: '', hooks: false };
    const succeeded = { ...failed, phase: 'Succeeded' };
    const view = { resourceVersion: '2', configMaps: outOfSync };

    expect(nextStep(application({ ...view, lastOperation: failed }), behind, before, 300).step.kind).to.equal('sync');
    expect(nextStep(application({ ...view, lastOperation: succeeded }), behind, after, 300).step).to.deep.equal({
      kind: 'wait',
      reason: 'ConfigMapEvent',
      until: 2_000,
    });
  });

  it('does not sync the ConfigMap alone after a failed sync with hooks, but after a successful one', () => {
    const { attempts } = asked('refresh');
    const stepAfter = (phase: string): Step => {
      const lastOperation = { phase, message: '', finishedAt: '2026-01-01T00:00:00Z', hooks: true };
      const view = application({ resourceVersion: '2', configMaps: outOfSync, lastOperation });
      return nextStep(view, behind, attempts, 300).step;
    };

    for (const phase of ['Failed', 'Error'])
      expect(stepAfter(phase)).to.deep.equal({ kind: 'blocked', reason: 'HookFailed' });
    expect(stepAfter('Succeeded').kind).to.equal('sync');
  });

  const failures: readonly (readonly [string, 'refresh' | 'sync', Partial<ApplicationView>, number])[] = [
    ['GenerationFailed', 'refresh', { generationError: 'failed to generate' }, 300],
    ['RefreshHadNoEffect', 'refresh', {}, 2_000],
    ['SyncFailed', 'sync', { configMaps: outOfSync }, 2_000],
    ['SyncFailed', 'sync', { lastOperation: { phase: 'Failed', message: 'no', finishedAt: '', hooks: false } }, 300],
    ['SyncFailed', 'sync', { lastOperation: { phase: 'Error', message: 'no', finishedAt: '', hooks: false } }, 300],
  ];
  for (const [failure, request, differences, now] of failures) {
    it(`backs off after ${failure} of a ${request} with ${JSON.stringify(differences)}`, () => {
      const { attempts } = asked(request);

      const next = nextStep(application({ resourceVersion: '2', ...differences }), behind, attempts, now);

      expect(next.step).to.deep.equal({ kind: 'wait', reason: 'BackOff', until: now + 2_000, failure });
      const later = application({ resourceVersion: '3', ...differences });
      expect(nextStep(later, behind, next.attempts, now + 1_999).step.kind).to.equal('wait');
      expect(nextStep(later, behind, next.attempts, now + 2_000).step.kind).to.equal('refresh');
    });
  }

  it('doubles the pause each time, up to five minutes, and starts over for a different cause', () => {
    let attempts: Attempts | null = null;
    let now = 0;
    const pauses: number[] = [];
    for (let version = 1; version <= 12; version += 1) {
      const first = nextStep(application({ resourceVersion: String(version) }), behind, attempts, now);
      attempts = requested(first.attempts!, 'refresh', String(version), now);
      now += 2_000;
      const next = nextStep(application({ resourceVersion: `${version}b` }), behind, attempts, now);
      attempts = next.attempts;
      pauses.push((next.step as { readonly until: number }).until - now);
      now += pauses.at(-1)!;
    }

    expect(pauses.slice(0, 4)).to.deep.equal([2_000, 4_000, 8_000, 16_000]);
    expect(pauses.at(-1)).to.equal(300_000);
    const other = [{ ...behind[0]!, desired: 'sha256:newer' }];
    expect(nextStep(application({ resourceVersion: 'z' }), other, attempts, now - 1).step.kind).to.equal('refresh');
  });

  const throttled = { status: 429, retryAfterMs: 0 };

  it('retries a throttled sync without another refresh', () => {
    const after = application({ resourceVersion: '2', configMaps: outOfSync });
    let { attempts } = asked('refresh');
    let now = 300;
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect(nextStep(after, behind, attempts, now).step.kind).to.equal('sync');
      attempts = backedOff(attempts, now, 'sync', throttled);
      pauses.push(attempts.notBefore - now);
      expect(nextStep(after, behind, attempts, attempts.notBefore - 1).step.kind).to.equal('wait');
      now = attempts.notBefore;
    }

    expect(pauses).to.deep.equal([250, 500, 1_000, 1_000, 1_000, 1_000]);
    expect(attempts.refreshes).to.equal(1);
  });

  it('waits for as long as Retry-After asks, for a different cause as well', () => {
    const { attempts } = nextStep(application(), behind, null, 0);
    const failed = backedOff(attempts!, 0, 'refresh', { status: 429, retryAfterMs: 20_000 });
    const other = [{ ...behind[0]!, desired: 'sha256:newer' }];

    for (const outOfDate of [behind, other]) {
      expect(nextStep(application(), outOfDate, failed, 19_999).step).to.include({ kind: 'wait', reason: 'BackOff' });
      expect(nextStep(application(), outOfDate, failed, 20_000).step.kind).to.equal('refresh');
    }
  });

  for (const [title, status, pauseMs] of [
    ['retries an unreachable server within four seconds', 0, 4_000],
    ['retries a server that is starting within four seconds', 503, 4_000],
    ['backs off up to five minutes when every request fails', 500, 300_000],
    ['backs off up to five minutes when every request is forbidden', 403, 300_000],
  ] as const) {
    it(title, () => {
      let attempts = nextStep(application(), behind, null, 0).attempts!;
      for (let failure = 0; failure < 20; failure += 1)
        attempts = backedOff(attempts, 0, 'refresh', { status, retryAfterMs: 0 });

      expect(attempts.notBefore).to.equal(pauseMs);
    });
  }

  for (const [request, arrived, status] of [
    ['refresh', { refresh: 'hard' }, 0],
    ['sync', { operation: { message: 'x' } }, 504],
  ] as const) {
    it(`does not repeat a ${request} whose response was lost once the Application shows that it arrived`, () => {
      const known =
        request === 'refresh' ? nextStep(application(), behind, null, 0).attempts! : asked('refresh').attempts;
      const lost = backedOff(known, 0, request, { status, retryAfterMs: 0 });

      const seen = nextStep(application({ resourceVersion: '2', ...arrived }), behind, lost, 10);
      const later = nextStep(application({ resourceVersion: '3', configMaps: outOfSync }), behind, seen.attempts, 900);

      expect(seen.attempts).to.include({ unanswered: null, refreshes: 1, syncs: request === 'sync' ? 1 : 0 });
      // The refresh is followed by its sync; the sync by the event of the ConfigMap.
      expect(later.step).to.include(
        request === 'refresh' ? { kind: 'sync' } : { kind: 'wait', reason: 'ConfigMapEvent' },
      );
    });
  }

  it("does not mistake a person's refresh for its own", () => {
    const lost = backedOff(nextStep(application(), behind, null, 0).attempts!, 0, 'refresh', {
      status: 0,
      retryAfterMs: 0,
    });

    const { attempts } = nextStep(application({ resourceVersion: '2', refresh: 'normal' }), behind, lost, 10);

    expect(attempts?.refreshedAt).to.equal(null);
  });

  it('draws no conclusion from a missing event while the watch is closed', () => {
    const after = application({ resourceVersion: '2' });
    const { attempts } = asked('refresh');

    const closed = nextStep(after, behind, attempts, 2_000, { isCurrent: false });

    expect(closed.step).to.deep.equal({ kind: 'wait', reason: 'WatchClosed', until: 2_500 });
    expect(nextStep(after, behind, closed.attempts, 2_500).step).to.include({
      failure: 'RefreshHadNoEffect',
    });
  });

  it('backs off when Argo CD cannot be reached', () => {
    const { attempts } = nextStep(application(), behind, null, 0);

    const failed = backedOff(backedOff(attempts!, 0), 2_000);

    expect(nextStep(application(), behind, failed, 5_999).step).to.include({ kind: 'wait', reason: 'BackOff' });
    expect(nextStep(application(), behind, failed, 6_000).step.kind).to.equal('refresh');
  });
});

const kinds: readonly Change['kind'][] = ['cluster', 'generation breaks', 'generation works', 'hand edit'];
const windows: readonly Change['kind'][] = ['window closes', 'window opens'];
const anyChanges = fc.array(
  fc.record({ afterMs: fc.nat({ max: 5_000 }), kind: fc.constantFrom(...kinds, ...windows) }),
  { maxLength: 20 },
);
const recovery: readonly Change[] = [
  { afterMs: 100, kind: 'generation works' },
  { afterMs: 0, kind: 'window opens' },
];

describe('plugin/serve/argocd/sync-state-machine, driving a model of Argo CD', () => {
  it('converges on the ConfigMap that the cluster wants, whatever happened before', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { desired, live } = simulate([...changes, ...recovery], true, 400_000);

        expect(live).to.equal(desired);
      }),
    );
  });

  it('never sends a request while a refresh or an operation is running', () => {
    fc.assert(
      fc.property(anyChanges, fc.boolean(), (changes, selfHeal) => {
        expect(simulate(changes, selfHeal, 10_000).faults).to.deep.equal([]);
      }),
    );
  });

  it('never syncs an Application without selfHeal', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { requests } = simulate(changes, false, 10_000);

        expect(requests.filter(({ request }) => request === 'sync')).to.deep.equal([]);
      }),
    );
  });

  it('needs one refresh and one sync per change, however many changes follow each other', () => {
    for (const count of [1, 5, 20]) {
      const changes = Array.from({ length: count }, () => ({ afterMs: 3_000, kind: 'cluster' as const }));

      const { requests, live } = simulate(changes, true, 5_000);

      expect(live).to.equal(count);
      expect(requests).to.have.length(2 * count);
    }
  });

  it('backs off when generation never succeeds', () => {
    const broken: Change[] = [
      { afterMs: 0, kind: 'generation breaks' },
      { afterMs: 0, kind: 'cluster' },
    ];

    const { requests } = simulate(broken, true, 3_600_000);

    // 2, 4, …, 256 s, then one in five minutes.
    expect(requests.length).to.be.within(15, 21);
  });
});

function asked(request: 'refresh' | 'sync'): { readonly attempts: Attempts } {
  const first = requested(nextStep(application(), behind, null, 0).attempts!, 'refresh', '1', 0);
  return { attempts: request === 'refresh' ? first : requested(first, 'sync', '1', 0) };
}
