import { expect } from 'chai';
import { ChangeFeed } from '../../../../../plugin/serve/http/state/change-feed.ts';
import type { Topic } from '../../../../../plugin/serve/http/state/change-feed.ts';
import { startVirtualTime } from '../../../../support/virtual-time.ts';
import type { VirtualTime } from '../../../../support/virtual-time.ts';
import { upToDate as status } from '../../config-map-status.ts';

const key = 'configMap holmesgpt/toolsets';

describe('plugin/serve/http/state/change-feed', () => {
  let time: VirtualTime;
  let end: AbortController;
  let changes: ChangeFeed;
  let notified: (readonly Topic[])[];

  beforeEach(() => {
    time = startVirtualTime();
    end = new AbortController();
    changes = new ChangeFeed(end.signal);
    notified = [];
    changes.onChange((changed) => notified.push([...changed].sort()));
  });

  afterEach(() => {
    end.abort();
    time.end();
  });

  it('gives a recreated ConfigMap a version that it never had before', () => {
    const versions = [changes.versionOf(key)];
    const record = (): void => {
      versions.push(changes.versionOf(key));
    };

    changes.statusChanged(status, undefined);
    record();
    changes.statusChanged(undefined, status);
    expect(changes.versionOf(key)).to.equal(0);
    changes.statusChanged(status, undefined);
    record();
    changes.statusChanged({ ...status, desired: 'b' }, status);
    record();

    expect(new Set(versions).size).to.equal(versions.length);
  });

  it('changes only the version of what has changed', () => {
    changes.cacheChanged({ collection: 'services', keys: [] });
    const services = changes.versionOf('services');
    changes.cacheChanged({ collection: 'namespaces', keys: [] });
    changes.statusChanged(status, undefined);
    changes.historyChanged();

    expect(services).to.be.above(0);
    expect(changes.versionOf('services')).to.equal(services);
    expect(changes.versionOf('namespaces')).to.be.above(services);
    expect(changes.versionOf('configMap holmesgpt/other')).to.equal(0);
  });

  for (const [collection, topic] of [
    ['services', 'services'],
    ['endpoints', 'services'],
    ['namespaces', 'services'],
    ['configMaps', 'configmaps'],
    ['applications', 'applications'],
  ] as const)
    it(`notifies of ${topic} when ${collection} change`, async () => {
      changes.cacheChanged({ collection, keys: [] });
      await time.advance(300);

      expect(notified).to.deep.equal([[topic]]);
    });

  it('notifies of clusters, and of what changed in another cluster', async () => {
    changes.relay(new Set(['configmaps', 'services']));
    await time.advance(300);
    changes.clustersChanged();
    await time.advance(300);

    expect(notified).to.deep.equal([['configmaps', 'services'], ['clusters']]);
  });

  it('notifies once per burst, after 250 ms without a change', async () => {
    changes.historyChanged();
    await time.advance(200);
    changes.cacheChanged({ collection: 'services', keys: [] });
    await time.advance(200);
    expect(notified).to.deep.equal([]);
    await time.advance(50);
    expect(notified).to.deep.equal([['applications', 'services']]);

    changes.statusChanged(status, undefined);
    await time.advance(250);
    expect(notified.slice(1)).to.deep.equal([['applications', 'configmaps']]);
  });

  it('notifies of continuous changes after 1 s', async () => {
    for (let ms = 0; ms < 1_000; ms += 100) {
      changes.historyChanged();
      await time.advance(100);
    }

    expect(notified).to.deep.equal([['applications']]);
  });

  it('sends no notification after its end', async () => {
    changes.historyChanged();
    end.abort();
    changes.historyChanged();
    await time.advance(2_000);

    expect(notified).to.deep.equal([]);
  });
});
