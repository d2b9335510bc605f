import { expect } from 'chai';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import type { MembersRequest } from '../../../../../plugin/serve/clusters/read-members.ts';
import type { ConfigMapMetadata } from '../../../../../plugin/serve/reconcile/config-map-metadata.ts';
import type { MembersQuestion } from '../../../../../plugin/serve/reconcile/background/member-scheduler.ts';
import { MemberScheduler } from '../../../../../plugin/serve/reconcile/background/member-scheduler.ts';
import { ToolsetConfig } from '../../../../../plugin/settings/schema/index.ts';
import { virtualTimeOfEach } from '../../../../support/virtual-time.ts';

const minuteMs = 60_000;

const { spec } = ToolsetConfig.parse({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec: {} });

const denied = new PluginError('POLICY_DENIED', 'cluster "eu" is denied', { hint: 'ask who runs Argo CD' });
const away = new PluginError('CLUSTER_UNREACHABLE', 'the hub does not answer', {
  hint: 'look at its API server',
  request: { status: 0, retryAfterMs: 0 },
});

describe('plugin/serve/reconcile/background/member-scheduler', () => {
  const question: MembersQuestion = { configMap: 'h/a', settingsId: '1', project: 'p', policy: null };
  const time = virtualTimeOfEach();

  it('blocks no evaluation, and follows the clusters before it returns their names', async () => {
    const scene = open(() => ['eu', 'us']);

    expect(scene.look()).to.equal('pending');
    expect(scene.followed).to.deep.equal([]);
    await time.advance(25);
    expect(scene.look()).to.have.property('names').that.deep.equals(['eu', 'us']);
    expect(scene.followed).to.deep.equal(['h/a: eu us']);
    expect(scene.requests).to.deep.equal([{ spec, project: 'p', policy: null }]);
  });

  it('looks the clusters up again after each interval, and notifies only of changes', async () => {
    let names = ['eu'];
    const scene = open(() => names);
    scene.look();

    await time.advance(minuteMs + 1_000);
    expect(scene.pauses()).to.deep.equal([60]);
    expect(scene.notified()).to.deep.equal(['h/a']);
    names = ['eu', 'us'];
    await time.advance(minuteMs);
    expect(scene.notified()).to.deep.equal(['h/a', 'h/a']);
    expect(scene.look()).to.have.property('names').that.deep.equals(names);
  });

  it('reports a failed look-up, follows no clusters, and retries with pauses of up to five minutes', async () => {
    const scene = open(() => {
      throw denied;
    });
    scene.look();

    await time.advance(30 * minuteMs);
    expect(scene.look()).to.deep.equal({ error: 'cluster "eu" is denied; ask who runs Argo CD' });
    expect(scene.followed).to.deep.equal(['h/a: ']);
    expect(scene.pauses().slice(0, 8)).to.deep.equal([5, 10, 20, 40, 80, 160, 300, 300]);
    expect(scene.notified()).to.have.lengthOf(1);
  });

  it('reports an unexpected error as a bug', async () => {
    const scene = open(() => {
      throw new TypeError('x is undefined');
    });
    scene.look();

    await time.advance(25);
    expect(scene.look()).to.deep.equal({ error: 'a bug: TypeError: x is undefined' });
  });

  it('keeps the last names for ten minutes while the hub does not answer', async () => {
    let isAway = false;
    const scene = open(() => {
      if (isAway) throw away;
      return ['eu'];
    });
    scene.look();
    await time.advance(25);

    isAway = true;
    await time.advance(9.5 * minuteMs);
    expect(scene.look()).to.have.property('names').that.deep.equals(['eu']);
    await time.advance(minuteMs);
    expect(scene.look()).to.deep.equal({ error: 'the hub does not answer; look at its API server' });
    isAway = false;
    await time.advance(minuteMs);
    expect(scene.look()).to.have.property('names').that.deep.equals(['eu']);
  });

  it('keeps no names once the hub denies them, and has none if the hub never answered', async () => {
    let error: PluginError | null = null;
    const scene = open(() => {
      if (error) throw error;
      return ['eu'];
    });
    scene.look();
    await time.advance(25);

    error = denied;
    await time.advance(minuteMs);
    expect(scene.look()).to.have.property('error');
    error = away;
    expect(scene.look({ ...question, settingsId: '2' })).to.equal('pending');
    await time.advance(25);
    expect(scene.look({ ...question, settingsId: '2' }))
      .to.have.property('error')
      .that.includes('does not answer');
  });

  it('sends no request for a deleted ConfigMap, and checks again after 5 s', async () => {
    const scene = open(() => ['eu']);
    scene.remove();
    scene.look();

    await time.advance(4_000);
    scene.restore();
    expect(scene.look()).to.equal('pending');
    expect(scene.requests).to.deep.equal([]);
    await time.advance(2_000);
    expect(scene.look()).to.have.property('names');
  });

  it('releases the clusters of a ConfigMap that is no longer multi-cluster, and sends no more requests', async () => {
    const scene = open(() => ['eu']);
    scene.look();
    await time.advance(25);

    scene.scheduler.begin('h/a').end();
    expect(scene.followed).to.deep.equal(['h/a: ']);
    await time.advance(10 * minuteMs);
    expect(scene.requests).to.have.lengthOf(1);
  });

  /** A hub that answers so, where the names are looked up each minute. */
  function open(names: () => readonly string[]): {
    readonly scheduler: MemberScheduler;
    readonly look: (one?: MembersQuestion) => unknown;
    readonly requests: readonly MembersRequest[];
    readonly followed: readonly string[];
    readonly notified: () => readonly string[];
    /** Between two times that the hub was asked, in seconds. */
    readonly pauses: () => readonly number[];
    readonly remove: () => void;
    readonly restore: () => void;
  } {
    const requests: MembersRequest[] = [];
    const askedAt: number[] = [];
    const followed: string[] = [];
    const notified: string[] = [];
    let isThere = true;
    const scheduler = new MemberScheduler({
      read: (request) => {
        requests.push(request);
        askedAt.push(Date.now());
        return new Promise((resolve) => {
          resolve(names());
        });
      },
      intervalMs: minuteMs,
      follow: (configMap, clusters) => followed.push(`${configMap}: ${clusters.join(' ')}`),
      metadataOf: () => (isThere ? ({ spec } as ConfigMapMetadata) : null),
      signal: new AbortController().signal,
      onAnswer: (configMaps) => notified.push(...configMaps),
      onBug: (error) => {
        throw error;
      },
    });
    return {
      scheduler,
      look: (one = question) => {
        const { ask: members, end } = scheduler.begin(one.configMap);
        const answer = members(one);
        end();
        return answer;
      },
      requests,
      followed,
      notified: () => notified,
      pauses: () => askedAt.slice(1).map((at, index) => Math.round((at - askedAt[index]!) / 1000)),
      remove: () => (isThere = false),
      restore: () => (isThere = true),
    };
  }
});
