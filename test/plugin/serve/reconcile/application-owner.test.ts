import { expect } from 'chai';
import { deploysToHub } from '../../../../plugin/argocd/application.ts';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import { keyOf } from '../../../../plugin/lib/object-key.ts';
import { createStore } from '../../../../plugin/serve/cache/store.ts';
import type { ManagedConfigMap, ServeCaches } from '../../../../plugin/serve/reconcile/managed-config-map.ts';
import { ownerOf } from '../../../../plugin/serve/reconcile/application-owner.ts';
import { configMapProblem } from '../../../../plugin/serve/reasons.ts';
import type { ConfigMapProblem } from '../../../../plugin/serve/reasons.ts';
import { application } from '../argocd/argo-cd-model.ts';

const listing = application();
const elsewhere = application({ name: 'two', configMaps: [] });

/** Of a ConfigMap in the cluster that Argo CD runs in. */
function ownerIn(
  configMap: ManagedConfigMap,
  applications: readonly ApplicationView[],
  unread: readonly string[] = [],
): ReturnType<typeof ownerOf> {
  const store = createStore<ApplicationView>(() => undefined);
  for (const view of applications) store.put({ key: keyOf(view), version: '', view });
  const unreadable = (): ReturnType<ServeCaches['unreadable']> =>
    unread.map((namespace) => ({ namespace, error: 'forbidden' }));
  return ownerOf(configMap, { applications: store, unreadable }, deploysToHub);
}

describe('plugin/serve/reconcile/application-owner', () => {
  it('returns the Application that lists the ConfigMap and is named by its tracking id', () => {
    expect(ownerIn(tracked('one'), [elsewhere, listing])).to.deep.equal({ application: listing });
  });

  it('returns the only Application that lists the ConfigMap when Argo CD tracks by label', () => {
    expect(ownerIn(tracked(null), [elsewhere, listing])).to.deep.equal({ application: listing });
  });

  it("identifies an Application outside Argo CD's namespace by both namespace and name", () => {
    const team = application({ namespace: 'team-a' });

    expect(ownerIn(tracked('team-a_one'), [team])).to.deep.equal({ application: team });
    expect(ownerIn(tracked('team-b_one'), [team])).to.have.property('problem');
  });

  it('distinguishes Applications of the same name in different namespaces', () => {
    const team = application({ namespace: 'team-a' });

    expect(ownerIn(tracked('one'), [team, listing])).to.deep.equal({ application: listing });
    expect(ownerIn(tracked('team-a_one'), [team, listing])).to.deep.equal({ application: team });
  });

  it('ignores Applications in other namespaces, whatever their names and the ConfigMaps they list', () => {
    const forged = ['team-a', 'argocd-b', 'h'].flatMap((namespace) =>
      ['one', 'argocd_one', 'two'].map((name) => application({ namespace, name })),
    );

    for (const applications of [
      [listing, ...forged],
      [...forged, listing],
    ]) {
      expect(ownerIn(tracked('one'), applications)).to.deep.equal({ application: listing });
      expect(ownerIn(tracked(null), applications)).to.deep.equal({ application: listing });
    }
  });

  it('returns the Application that the label names when Argo CD tracks by label and several list the ConfigMap', () => {
    const team = application({ namespace: 'team-a' });
    const labelled = { ...tracked(null), labels: { 'app.kubernetes.io/instance': 'team-a_one' } };

    expect(ownerIn(labelled, [listing, team])).to.deep.equal({ application: team });
  });

  it('never returns an Application that deploys a ConfigMap of the same name to another cluster', () => {
    const spoke = application({ name: 'spoke', otherCluster: 'https://spoke.example.com' });

    expect(ownerIn(tracked('one'), [spoke, listing])).to.deep.equal({ application: listing });
    expect(ownerIn(tracked(null), [spoke, listing])).to.deep.equal({ application: listing });
    expect(problemOf(tracked('spoke'), [spoke, listing])).to.deep.equal(
      configMapProblem('WrongCluster', { application: 'argocd/spoke', cluster: '"https://spoke.example.com"' }),
    );
  });

  it("never returns an Application that only the ConfigMap's tracking id names", () => {
    expect(problemOf(tracked('two'), [elsewhere])).to.deep.equal(
      configMapProblem('TrackedApplicationNotFound', { tracked: '"two"' }),
    );
    expect(problemOf(tracked('two'), [elsewhere, listing])).to.deep.equal(
      configMapProblem('TrackedApplicationMismatch', { tracked: '"two"', applications: 'argocd/one' }),
    );
  });

  it('reports a problem when no Application lists the ConfigMap', () => {
    expect(problemOf(tracked(null), [elsewhere])).to.deep.equal(configMapProblem('ApplicationNotFound'));
    expect(problemOf(tracked('one'), [])).to.include({ reason: 'TrackedApplicationNotFound' });
  });

  it('reports a problem when two Applications list the ConfigMap and no tracking id decides', () => {
    const other = application({ name: 'two' });

    expect(problemOf(tracked(null), [listing, other])).to.deep.equal(
      configMapProblem('ApplicationAmbiguous', { applications: 'argocd/one, argocd/two' }),
    );
    expect(ownerIn(tracked('two'), [listing, other])).to.deep.equal({ application: other });
  });

  describe('when Applications in the namespace team-b cannot be read', () => {
    const unreadable = {
      problem: configMapProblem('ApplicationsUnreadable', { namespace: 'team-b', error: 'forbidden' }),
    };
    const team = application({ namespace: 'team-a' });

    it('says so for a ConfigMap that none of the others owns, unless its tracking id names another namespace', () => {
      expect(ownerIn(tracked(null), [], ['team-b'])).to.deep.equal(unreadable);
      expect(ownerIn(tracked('team-b_one'), [team], ['team-b'])).to.deep.equal(unreadable);
      expect(ownerIn(tracked('team-c_one'), [], ['team-b'])).to.have.nested.property(
        'problem.reason',
        'TrackedApplicationNotFound',
      );
    });

    it('does not take the only known Application that lists a ConfigMap for its owner', () => {
      expect(ownerIn(tracked(null), [team], ['team-b'])).to.deep.equal(unreadable);
      expect(ownerIn(tracked(null), [team])).to.deep.equal({ application: team });
    });

    it('returns the owner that a tracking id, a label or the namespace of Argo CD identifies', () => {
      const labelled = { ...tracked(null), labels: { 'app.kubernetes.io/instance': 'team-a_one' } };

      expect(ownerIn(tracked('team-a_one'), [team], ['team-b'])).to.deep.equal({ application: team });
      expect(ownerIn(labelled, [team], ['team-b'])).to.deep.equal({ application: team });
      expect(ownerIn(tracked(null), [listing, team], ['team-b'])).to.deep.equal({ application: listing });
    });
  });

  it('escapes control characters of a forged tracking id', () => {
    expect(problemOf(tracked('a\n{"event":"stopped"}'), [])?.message)
      .to.include('"a\\n{')
      .and.not.include('\n');
  });
});

function tracked(application: string | null): ManagedConfigMap {
  const annotations = application === null ? {} : { 'argocd.argoproj.io/tracking-id': `${application}:/ConfigMap:h/c` };
  return { namespace: 'h', name: 'c', labels: {}, annotations };
}

function problemOf(
  configMap: ManagedConfigMap,
  applications: readonly ApplicationView[],
): ConfigMapProblem | undefined {
  const owner = ownerIn(configMap, applications);
  return 'problem' in owner ? owner.problem : undefined;
}
