import { expect } from 'chai';
import { createHistory, needsAction } from '../../../../../plugin/serve/http/state/last-requests.ts';
import { application } from '../../argocd/argo-cd-model.ts';

const one = application();
const asked = { kind: 'requested', request: 'refresh', result: 'accepted', attempt: 1 } as const;

describe('plugin/serve/http/state/last-requests', () => {
  it('knows the last request and what stands in the way', () => {
    const history = createHistory(() => 7);
    history.record(asked, one);
    history.record({ kind: 'failure', reason: 'RefreshHadNoEffect', retryInMs: 2_000, attempt: 1 }, one);

    expect(history.of('argocd/one')).to.deep.equal({
      lastRequest: { request: 'refresh', at: 7, result: 'accepted', attempt: 1 },
      obstacle: 'RefreshHadNoEffect',
    });
    expect(history.of('argocd/two')).to.deep.equal({ lastRequest: null, obstacle: null });
  });

  it('no longer tells that nobody could be asked once somebody was', () => {
    const history = createHistory();
    history.record({ kind: 'request-failed', request: 'refresh', error: new Error('no') }, one);
    expect(history.of('argocd/one').obstacle).to.equal('RequestFailed');

    history.record(asked, one);

    expect(history.of('argocd/one').obstacle).to.equal(null);
  });

  it('no longer tells that it is left to people once it is asked for, or is behind no more', () => {
    const history = createHistory();
    history.record({ kind: 'blocked', reason: 'NoSelfHeal' }, one);
    expect(needsAction(history.of('argocd/one'))).to.equal(true);
    history.record(asked, one);
    expect(needsAction(history.of('argocd/one'))).to.equal(false);

    history.record({ kind: 'blocked', reason: 'SyncWindow' }, one);
    history.settle('argocd/one');

    expect(history.of('argocd/one')).to.deep.include({ obstacle: null });
    expect(history.of('argocd/one').lastRequest).to.not.equal(null);
  });
});
