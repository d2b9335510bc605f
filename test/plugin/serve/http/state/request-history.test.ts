import { expect } from 'chai';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import { RequestHistory, needsAction } from '../../../../../plugin/serve/http/state/request-history.ts';
import { application } from '../../argocd/argo-cd-model.ts';

const one = application();
const asked = { kind: 'requested', request: 'refresh', result: 'accepted', attempt: 1 } as const;

describe('plugin/serve/http/state/request-history', () => {
  it('keeps the last request and the obstacle of each Application', () => {
    const history = new RequestHistory({ epochMs: () => 7 }, () => true);
    history.record(asked, one);
    history.record({ kind: 'failure', reason: 'RefreshHadNoEffect', retryInMs: 2_000, attempt: 1 }, one);

    expect(history.of('argocd/one')).to.deep.equal({
      lastRequest: { request: 'refresh', at: 7, result: 'accepted', attempt: 1 },
      obstacle: 'RefreshHadNoEffect',
    });
    expect(history.of('argocd/two')).to.deep.equal({ lastRequest: null, obstacle: null });
  });

  it('clears a failed request when the next one succeeds', () => {
    const history = new RequestHistory({ epochMs: () => 0 }, () => true);
    history.record({ kind: 'request-failed', request: 'refresh', error: new Error('no') }, one);
    expect(history.of('argocd/one').obstacle).to.equal('RequestFailed');

    history.record(asked, one);

    expect(history.of('argocd/one').obstacle).to.equal(null);
  });

  it('clears a block with the next request, or once the ConfigMaps are up to date', () => {
    const history = new RequestHistory({ epochMs: () => 0 }, () => true);
    history.record({ kind: 'blocked', reason: 'NoSelfHeal' }, one);
    expect(needsAction(history.of('argocd/one'))).to.equal(true);
    history.record(asked, one);
    expect(needsAction(history.of('argocd/one'))).to.equal(false);

    history.record({ kind: 'blocked', reason: 'SyncWindow' }, one);
    history.settle('argocd/one');

    expect(history.of('argocd/one')).to.deep.include({ obstacle: null });
    expect(history.of('argocd/one').lastRequest).to.not.equal(null);
  });

  it('hides the obstacle while another replica leads, and shows it again when this one does', () => {
    let isLeader = true;
    const history = new RequestHistory({ epochMs: () => 0 }, () => isLeader);
    history.record(asked, one);
    history.record({ kind: 'blocked', reason: 'NoSelfHeal' }, one);
    expect(needsAction(history.of('argocd/one'))).to.equal(true);

    isLeader = false;
    expect(needsAction(history.of('argocd/one'))).to.equal(false);
    expect(history.of('argocd/one')).to.deep.include({ obstacle: null, isFormer: true });
    isLeader = true;
    expect(needsAction(history.of('argocd/one'))).to.equal(true);

    isLeader = false;
    history.settle('argocd/one');
    isLeader = true;
    expect(needsAction(history.of('argocd/one'))).to.equal(false);
  });

  it('keeps a failure through later requests until the ConfigMaps are up to date', () => {
    const history = new RequestHistory({ epochMs: () => 0 }, () => true);
    history.record({ kind: 'failure', reason: 'SyncFailed', retryInMs: 2_000, attempt: 1 }, one);
    history.record(asked, one);
    expect(history.of('argocd/one').obstacle).to.equal('SyncFailed');
    expect(needsAction(history.of('argocd/one'))).to.equal(false);

    history.settle('argocd/one');
    expect(history.of('argocd/one').obstacle).to.equal(null);
  });

  it('records a failed request as the last one, with at most 500 characters of the error', () => {
    const history = new RequestHistory({ epochMs: () => 7 }, () => true);
    const error = new PluginError('ARGOCD_FAILED', 'x'.repeat(501), { hint: 'h' });
    history.record(asked, one);
    history.record({ kind: 'request-failed', request: 'sync', error }, one);

    expect(history.of('argocd/one')).to.deep.equal({
      lastRequest: { request: 'sync', at: 7, result: 'failed', attempt: null },
      obstacle: 'RequestFailed',
      detail: 'x'.repeat(500),
    });
  });

  it('leaves the error of a bug to the log, and drops it with the next obstacle', () => {
    const history = new RequestHistory({ epochMs: () => 7 }, () => true);
    history.record({ kind: 'request-failed', request: 'sync', error: new Error('at /srv/a.ts') }, one);
    expect(history.of('argocd/one').detail).to.equal('the log has the error');

    history.record({ kind: 'blocked', reason: 'SyncWindow' }, one);
    expect(history.of('argocd/one')).not.to.have.property('detail');
  });

  it('forgets a deleted Application', () => {
    const history = new RequestHistory({ epochMs: () => 0 }, () => true);
    history.record(asked, one);
    history.forget('argocd/one');

    expect(history.of('argocd/one').lastRequest).to.equal(null);
  });
});
