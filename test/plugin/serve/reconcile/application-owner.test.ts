import { expect } from 'chai';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { ManagedConfigMap } from '../../../../plugin/serve/cache/index.ts';
import { ownerOf } from '../../../../plugin/serve/reconcile/application-owner.ts';
import { application } from '../argocd/argo-cd-model.ts';

const listing = application();
const elsewhere = application({ name: 'two', configMaps: [] });

describe('plugin/serve/reconcile/application-owner', () => {
  it('is the Application that lists the ConfigMap and that the tracking id names', () => {
    expect(ownerOf(tracked('one'), [elsewhere, listing])).to.deep.equal({ application: listing });
  });

  it('is the one that lists it where Argo CD tracks by label', () => {
    expect(ownerOf(tracked(null), [elsewhere, listing])).to.deep.equal({ application: listing });
  });

  it("is found in another namespace than Argo CD's by both names", () => {
    const team = application({ namespace: 'team-a' });

    expect(ownerOf(tracked('team-a_one'), [team])).to.deep.equal({ application: team });
    expect(ownerOf(tracked('team-b_one'), [team])).to.have.property('problem');
  });

  it('is not mistaken for one of the same name in another namespace', () => {
    const team = application({ namespace: 'team-a' });

    expect(ownerOf(tracked('one'), [team, listing])).to.deep.equal({ application: listing });
    expect(ownerOf(tracked('team-a_one'), [team, listing])).to.deep.equal({ application: team });
  });

  it('is never an Application that the ConfigMap only claims to be of', () => {
    expect(problemOf(tracked('two'), [elsewhere])).to.equal(
      'it is tracked by "two", which lists no such ConfigMap, does not use the plugin or is not watched',
    );
    expect(problemOf(tracked('two'), [elsewhere, listing])).to.equal(
      'it is tracked by "two", but listed by argocd/one',
    );
  });

  it('is nobody where nobody lists it', () => {
    expect(problemOf(tracked(null), [elsewhere])).to.equal('no Application that uses the plugin lists it');
    expect(problemOf(tracked('one'), [])).to.include('is not watched');
  });

  it('is nobody where two list it and nothing tells which of them is right', () => {
    const other = application({ name: 'two' });

    expect(problemOf(tracked(null), [listing, other])).to.equal(
      'more than one Application lists it: argocd/one, argocd/two',
    );
    expect(ownerOf(tracked('two'), [listing, other])).to.deep.equal({ application: other });
  });

  it('shows a tracking id that somebody made up without its control characters', () => {
    expect(problemOf(tracked('a\n{"event":"stopped"}'), [])).not.to.include('\n');
  });
});

function tracked(application: string | null): ManagedConfigMap {
  const annotations = application === null ? {} : { 'argocd.argoproj.io/tracking-id': `${application}:/ConfigMap:h/c` };
  return { namespace: 'h', name: 'c', labels: {}, annotations };
}

function problemOf(configMap: ManagedConfigMap, applications: readonly ApplicationView[]): string | undefined {
  const owner = ownerOf(configMap, applications);
  return 'problem' in owner ? owner.problem : undefined;
}
