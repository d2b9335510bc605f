import { expect } from 'chai';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { ArgoCdClient, RequestOutcome } from '../../../../plugin/serve/argocd/client.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { SyncController } from '../../../../plugin/serve/argocd/sync-controller.ts';
import type { SyncEvent, SyncControllerOptions } from '../../../../plugin/serve/argocd/sync-controller.ts';
import { createStore } from '../../../../plugin/serve/cache/store.ts';
import type { WritableStore } from '../../../../plugin/serve/cache/store.ts';
import type { ConfigMapStatus } from '../../../../plugin/serve/reconcile/status.ts';
import { startVirtualTime } from '../../../support/virtual-time.ts';
import type { VirtualTime } from '../../../support/virtual-time.ts';
import { application } from './argo-cd-model.ts';

describe('plugin/serve/argocd/sync-controller', () => {
  let time: VirtualTime;
  let end: AbortController;

  beforeEach(() => {
    time = startVirtualTime();
    end = new AbortController();
  });

  afterEach(() => {
    end.abort();
    time.end();
  });

  it('requests a refresh, once only, when a ConfigMap is out of date', async () => {
    const scene = open();

    scene.controller.reconcile('argocd/one');
    scene.controller.reconcile('argocd/one');
    await time.advance(1_000);

    expect(scene.asked).to.deep.equal(['refresh argocd/one']);
    expect(scene.events).to.deep.equal([{ kind: 'requested', request: 'refresh', result: 'accepted', attempt: 1 }]);
  });

  it('requests the sync once the refresh has shown which ConfigMap is out of sync', async () => {
    const scene = open();
    scene.controller.reconcile('argocd/one');
    await time.advance(100);

    scene.put({ resourceVersion: '2', configMaps: [{ namespace: 'h', name: 'c', status: 'OutOfSync' }] });
    scene.controller.reconcile('argocd/one');
    await time.advance(100);

    expect(scene.asked).to.deep.equal(['refresh argocd/one', 'sync argocd/one h/c']);
  });

  it('sends no request while another replica leads, and resumes once it becomes the leader', async () => {
    let acting = false;
    const scene = open({ isLeader: () => acting });

    scene.controller.reconcile('argocd/one');
    await time.advance(1_000);
    expect(scene.asked).to.deep.equal([]);
    acting = true;
    scene.controller.reconcile('argocd/one');
    await time.advance(100);

    expect(scene.asked).to.deep.equal(['refresh argocd/one']);
  });

  it('reports a failed request, and retries it', async () => {
    const answers: (RequestOutcome | Error)[] = [new Error('no route'), 'accepted'];
    const scene = open({}, () => answers.shift() ?? 'accepted');

    scene.controller.reconcile('argocd/one');
    await time.advance(1_000);
    expect(scene.events.map(({ kind }) => kind)).to.deep.equal(['request-failed']);
    await time.advance(2_000);

    expect(scene.events.map(({ kind }) => kind)).to.deep.equal(['request-failed', 'requested']);
  });

  it('retries a throttled request, and sends nothing else, until it is accepted', async () => {
    const throttled = new PluginError('CLUSTER_FAILED', 'throttled', {
      hint: 'wait',
      request: { status: 429, retryAfterMs: 1_000 },
    });
    const answers: (RequestOutcome | Error)[] = ['accepted', ...Array.from({ length: 30 }, () => throttled)];
    const scene = open({}, () => answers.shift() ?? 'accepted');
    scene.controller.reconcile('argocd/one');
    await time.advance(100);
    scene.put({ resourceVersion: '2', configMaps: [{ namespace: 'h', name: 'c', status: 'OutOfSync' }] });
    scene.controller.reconcile('argocd/one');
    await time.advance(29_000);
    expect(scene.asked).to.have.length(31);
    await time.advance(3_000);

    expect(scene.asked.filter((one) => one.startsWith('refresh'))).to.have.length(1);
    expect(scene.asked).to.have.length(32);
    expect(scene.events.at(-1)).to.deep.equal({ kind: 'requested', request: 'sync', result: 'accepted', attempt: 1 });
  });

  it('retries nothing once another replica leads', async () => {
    let isLeader = true;
    const away = new PluginError('CLUSTER_UNREACHABLE', 'away', {
      hint: 'wait',
      request: { status: 0, retryAfterMs: 0 },
    });
    const scene = open({ isLeader: () => isLeader }, () => away);
    scene.controller.reconcile('argocd/one');
    await time.advance(100);
    isLeader = false;
    await time.advance(60_000);

    expect(scene.asked).to.have.length(1);
  });

  it('reports once why it leaves an Application alone, and again when the reason changes', async () => {
    const scene = open();
    scene.put({ deleting: true });

    scene.controller.reconcile('argocd/one');
    scene.controller.reconcile('argocd/one');
    scene.put({ operation: { message: 'Sync operation blocked by sync window' }, resourceVersion: '2' });
    scene.controller.reconcile('argocd/one');
    await time.advance(100);

    expect(scene.events).to.deep.equal([
      { kind: 'blocked', reason: 'ApplicationDeleting' },
      { kind: 'blocked', reason: 'SyncWindow' },
    ]);
    expect(scene.asked).to.deep.equal([]);
  });

  it('reports that a refresh had no effect and when it will retry', async () => {
    const scene = open();
    scene.controller.reconcile('argocd/one');
    await time.advance(100);

    scene.put({ resourceVersion: '2' });
    scene.controller.reconcile('argocd/one');
    await time.advance(1_900);
    const failed = { kind: 'failure', reason: 'RefreshHadNoEffect', retryInMs: 2_000, attempt: 1 };
    expect(scene.events.slice(1)).to.deep.equal([failed]);
    expect(scene.asked).to.have.length(1);
    await time.advance(2_000);

    expect(scene.asked).to.deep.equal(['refresh argocd/one', 'refresh argocd/one']);
    expect(scene.events.at(-1)).to.deep.equal({
      kind: 'requested',
      request: 'refresh',
      result: 'accepted',
      attempt: 2,
    });
  });

  it('reports once that a sync window blocks the sync, and asks again after a minute', async () => {
    const answers: RequestOutcome[] = ['accepted', 'deferred', 'deferred', 'accepted'];
    const scene = open({}, () => answers.shift() ?? 'accepted');
    scene.controller.reconcile('argocd/one');
    await time.advance(100);
    scene.put({ resourceVersion: '2', configMaps: [{ namespace: 'h', name: 'c', status: 'OutOfSync' }] });
    scene.controller.reconcile('argocd/one');
    await time.advance(59_000);
    expect(scene.asked).to.have.length(2);
    await time.advance(70_000);

    const sync = { kind: 'requested', request: 'sync' };
    expect(scene.events.slice(1)).to.deep.equal([
      { ...sync, result: 'deferred', attempt: 0 },
      { kind: 'blocked', reason: 'SyncWindow' },
      { ...sync, result: 'deferred', attempt: 0 },
      { ...sync, result: 'accepted', attempt: 1 },
    ]);
  });

  it('reports the same reason again after the Application was unblocked in between', async () => {
    const scene = open();

    for (const deleting of [true, false, true]) {
      scene.put({ deleting, resourceVersion: deleting ? '2' : '3' });
      scene.controller.reconcile('argocd/one');
      await time.advance(10);
    }

    expect(scene.events.map(({ kind }) => kind)).to.deep.equal(['blocked', 'requested', 'blocked']);
  });

  it('requests nothing while the desired content of a ConfigMap is unknown', async () => {
    const scene = open({ configMapsOf: (key) => [{ ...tracked(key, ''), desired: null }] });

    scene.controller.reconcile('argocd/one');
    await time.advance(1_000);

    expect([scene.asked, scene.events]).to.deep.equal([[], []]);
  });

  it('allows a burst of ten requests per Application, then one every three seconds', async () => {
    const scene = open();

    for (let cause = 0; cause < 12; cause += 1) {
      scene.behind(`sha256:${String(cause)}`);
      scene.put({ resourceVersion: String(cause) });
      scene.controller.reconcile('argocd/one');
      await time.advance(1);
    }
    expect(scene.asked).to.have.length(10);
    await time.advance(2_900);
    expect(scene.asked).to.have.length(10);
    await time.advance(200);

    expect(scene.asked).to.have.length(11);
  });

  it('allows a burst of requests for twenty Applications, then five per second', async () => {
    const scene = open();
    const names = Array.from({ length: 30 }, (_, index) => `app-${String(index)}`);

    for (const name of names) {
      scene.put({ name });
      scene.controller.reconcile(`argocd/${name}`);
    }
    await time.advance(1);
    expect(scene.asked).to.have.length(20);
    await time.advance(1_010);

    expect(scene.asked).to.have.length(25);
  });

  it('forgets a deleted Application', async () => {
    const scene = open();
    scene.put({ deleting: true });
    scene.controller.reconcile('argocd/one');

    scene.remove();
    scene.controller.reconcile('argocd/one');
    scene.put({ deleting: true });
    scene.controller.reconcile('argocd/one');
    await time.advance(1);

    const blocked = { kind: 'blocked', reason: 'ApplicationDeleting' };
    expect(scene.events).to.deep.equal([blocked, blocked]);
  });

  it('treats a recreated Application as a new one, even if it missed the deletion', async () => {
    const scene = open();
    scene.controller.reconcile('argocd/one');
    await time.advance(100);
    scene.put({ resourceVersion: '2' });
    scene.controller.reconcile('argocd/one');
    await time.advance(2_000);
    expect(scene.events.at(-1)).to.include({ kind: 'failure', reason: 'RefreshHadNoEffect' });

    scene.put({ uid: 'made again', resourceVersion: '9' });
    scene.controller.reconcile('argocd/one');
    await time.advance(1);

    expect(scene.asked).to.deep.equal(['refresh argocd/one', 'refresh argocd/one']);
    expect(scene.events.at(-1)).to.include({ kind: 'requested', attempt: 1 });
  });

  it('allows an Application that is recreated repeatedly no more requests than any other', async () => {
    const scene = open({ rates: { all: { burst: 20, perSecond: 5 }, each: { burst: 2, perSecond: 0.1 } } });

    for (let count = 0; count < 5; count += 1) {
      scene.put({ uid: `number ${String(count)}`, resourceVersion: String(count) });
      scene.controller.reconcile('argocd/one');
      await time.advance(1);
    }

    expect(scene.asked).to.have.length(2);
  });

  it('limits requests to the rate per Application and to the rate of all Applications', async () => {
    const rates = { all: { burst: 2, perSecond: 1 }, each: { burst: 1, perSecond: 0.1 } };
    const scene = open({ rates });
    for (const name of ['two', 'three']) scene.put({ name });

    for (const name of ['one', 'two', 'three']) scene.controller.reconcile(`argocd/${name}`);
    await time.advance(100);
    expect(scene.asked).to.have.length(2);
    await time.advance(1_500);
    expect(scene.asked).to.have.length(3);
    // Another cause at once: this Application has had its share.
    scene.behind('sha256:newer');
    scene.put({ resourceVersion: '2' });
    scene.controller.reconcile('argocd/one');
    await time.advance(5_000);
    expect(scene.asked).to.have.length(3);
    await time.advance(5_000);

    expect(scene.asked).to.have.length(4);
  });

  it('becomes idle once the pending request is answered, and requests nothing after it has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
    const scene = open({}, () => promise);
    let isIdle = false;
    scene.controller.reconcile('argocd/one');
    end.abort();
    void scene.controller.idle().then(() => (isIdle = true));
    await time.advance(1_000);
    expect(isIdle).to.equal(false);

    resolve('accepted');
    scene.put({ name: 'two' });
    scene.controller.reconcile('argocd/two');
    await time.advance(1_000);

    expect(isIdle).to.equal(true);
    expect(scene.asked).to.deep.equal(['refresh argocd/one']);
  });

  interface Scene {
    readonly controller: SyncController;
    readonly asked: readonly string[];
    readonly events: readonly SyncEvent[];
    readonly put: (differences: Partial<ApplicationView>) => void;
    readonly remove: () => void;
    readonly behind: (desired: string) => void;
  }

  function open(
    options: Partial<SyncControllerOptions> = {},
    answer: () => RequestOutcome | Error | Promise<RequestOutcome> = () => 'accepted',
  ): Scene {
    const applications: WritableStore<ApplicationView> = createStore(() => undefined);
    const asked: string[] = [];
    const events: SyncEvent[] = [];
    let desired = 'sha256:new';
    const request = async (what: string): Promise<RequestOutcome> => {
      asked.push(what);
      const answered = await answer();
      if (answered instanceof Error) throw answered;
      return answered;
    };
    const argoCd: ArgoCdClient = {
      refresh: ({ namespace, name }) => request(`refresh ${namespace}/${name}`),
      sync: ({ namespace, name }, configMaps) =>
        request(`sync ${namespace}/${name} ${configMaps.map((one) => `${one.namespace}/${one.name}`).join(' ')}`),
    };
    const put: Scene['put'] = (differences) => {
      const view = application(differences);
      const version = `${view.resourceVersion} ${JSON.stringify(differences)}`;
      applications.put({ key: `${view.namespace}/${view.name}`, version, view });
    };
    put({});
    const controller = new SyncController({
      applications,
      argoCd,
      mode: 'sync',
      isLeader: () => true,
      signal: end.signal,
      configMapsOf: (key) => [tracked(key, desired)],
      onEvent: (event) => {
        events.push(event);
      },
      ...options,
    });
    return {
      controller,
      asked,
      events,
      put,
      remove: () => {
        applications.remove('argocd/one');
      },
      behind: (digest) => {
        desired = digest;
      },
    };
  }
});

function tracked(application: string, desired: string): ConfigMapStatus {
  return {
    namespace: 'h',
    name: 'c',
    application,
    problem: null,
    digest: 'sha256:old',
    desired,
    services: { selected: 1, unhealthy: 0 },
    warnings: [],
    outOfDateSince: 0,
    cause: 'services' as const,
  };
}
