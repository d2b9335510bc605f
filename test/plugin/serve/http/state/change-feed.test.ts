import { expect } from 'chai';
import { createChanges } from '../../../../../plugin/serve/http/state/change-feed.ts';
import type { ConfigMapStatus } from '../../../../../plugin/serve/reconcile/status.ts';

const tracked: ConfigMapStatus = {
  ...{ namespace: 'holmesgpt', name: 'toolsets', application: 'argocd/one', problem: null },
  ...{ digest: 'a', desired: 'a', outOfDateSince: null, cause: 'start' },
};

describe('plugin/serve/http/state/change-feed', () => {
  it('gives a ConfigMap that was deleted and made again a version that it never had', () => {
    const end = new AbortController();
    const changes = createChanges(end.signal);
    const versions = new Set<number>();
    const note = (): void => {
      const version = changes.versionOf('configMap holmesgpt/toolsets');
      expect(versions.has(version)).to.equal(false);
      versions.add(version);
    };

    changes.statusChanged(tracked, undefined);
    note();
    changes.statusChanged(undefined, tracked);
    changes.statusChanged(tracked, undefined);
    note();
    changes.statusChanged({ ...tracked, desired: 'b' }, tracked);
    note();
    end.abort();
  });
});
