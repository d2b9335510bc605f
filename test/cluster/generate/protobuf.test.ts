import { expect } from 'chai';
import { apiServer } from '../../../plugin/cluster/api-server.ts';
import { connectByKubeconfig } from '../../../plugin/cluster/connection/kubeconfig.ts';
import type { Connection } from '../../../plugin/cluster/connection/connection.ts';
import { reader } from '../../../plugin/cluster/http/api-client.ts';
import { listWithVersion } from '../../../plugin/cluster/http/list.ts';
import { streamsLists } from '../../../plugin/cluster/http/server-version.ts';
import { watch } from '../../../plugin/cluster/watch/watch.ts';
import type { WatchQuery } from '../../../plugin/cluster/watch/watch.ts';
import { namespaceView, serviceView } from '../../../plugin/cluster/projections.ts';
import { serviceName, sliceView } from '../../../plugin/cluster/slice-projections.ts';
import type { DecodeObject } from '../../../plugin/cluster/protobuf/objects.ts';
import { allKeys } from '../../../plugin/discovery/kept-keys.ts';
import { asObject, asString } from '../../../plugin/lib/json.ts';
import * as kinds from '../../../plugin/serve/cache/resources.ts';
import { realisticServices } from '../../bench/services.ts';
import { realisticSlices } from '../../bench/slices.ts';
import { failure } from '../../support/failure.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import type { Cluster } from '../parts/cluster.ts';
import { clusterTools } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { pluginKubeconfig, untilRolesHold } from '../support/rbac.ts';

/** Each collection that travels in protobuf, as serve reads it. */
const collections = [
  kinds.services(() => ({ ...allKeys, isPointedAt: () => true })),
  kinds.endpointSlices(() => ({ labelSelector: serviceName })),
  kinds.namespaces(() => allKeys),
] as const;
const count = 1_200;

/** What a real API server answers in protobuf and in JSON, read with the code of the program. */
describe('cluster/generate/protobuf', () => {
  let cluster: Cluster;
  let connection: Connection;
  const end = new AbortController();

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const all = realisticServices(count);
    await cluster.seedServices([...all, ...unusual]);
    // Of a Service with publishNotReadyAddresses, whose targetPort names no port of its Pods.
    const published = {
      ...endpointSlice('team-1', 'published', {}),
      endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true, serving: false, terminating: false } }],
      ports: [],
    };
    await cluster.apply([
      ...realisticSlices(all.slice(0, 300)),
      endpointSlice('team-1', 'named', { notReady: 2 }),
      published,
    ]);
    await cluster.request('PATCH', '/api/v1/namespaces/team-1', { metadata: { labels: { tier: 'gold' } } }, mergePatch);
    connection = connectByKubeconfig([await cluster.kubeconfig()]);
  });

  after(async () => {
    end.abort();
    (connection as Connection | undefined)?.close();
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  for (const kind of collections) {
    const { resource, accept } = kind;
    const { labelSelector } = kind.select(null);
    const decode = kind.decode!;

    it(`returns the same views of ${resource} as JSON in a list`, async () => {
      const counted = counting(decode);
      const read = reader(connection, end.signal, { accept: accept.list });
      const descriptor = { ...kind, namespace: null, verb: 'list' } as const;
      const query = { labelSelector, limit: 500, metadataOnly: accept.metadataOnly };

      const inProtobuf = await listWithVersion<unknown>(read, descriptor, kind.view, {
        ...query,
        decode: counted.decode,
      });
      const json = reader(connection, end.signal, { accept: accept.list?.replace(/^[^,]*,/, '') });
      const inJson = await listWithVersion<unknown>(json, descriptor, kind.view, query);

      expect(inProtobuf.items).to.deep.equal(inJson.items);
      expect(inProtobuf.items.length).to.be.above(20);
      if (resource === 'endpointslices')
        expect(inProtobuf.items.join('\n')).to.match(/^\["team-1\/published","IPv4",0,1,\d+,null,\[\]\]$/m);
      expect(counted.calls()).to.equal(inProtobuf.items.length);
    });

    it(`returns the same events of ${resource} as JSON in a watch`, async () => {
      const counted = counting(decode);
      const read = reader(connection, end.signal, { accept: accept.list });
      const descriptor = { ...kind, namespace: null, verb: 'watch' } as const;
      const query = { labelSelector, limit: 500, metadataOnly: accept.metadataOnly, decode };
      const { resourceVersion } = await listWithVersion<unknown>(read, descriptor, kind.view, query);
      const stop = new AbortController();
      const follow = (of: Partial<WatchQuery>): { readonly events: unknown[]; readonly ended: Promise<unknown> } => {
        const events: unknown[] = [];
        const onEvent = ({
          type,
          object,
          resourceVersion: version,
        }: {
          type: string;
          object: unknown;
          resourceVersion: string;
        }): void => {
          const { uid } = asObject(asObject(object).metadata);
          if (type !== 'BOOKMARK') events.push({ type, version, uid, view: kind.view(object) });
        };
        const timing = { timeoutSeconds: 60, silentMs: 60_000 };
        const asked = {
          resource: descriptor,
          labelSelector,
          metadataOnly: accept.metadataOnly,
          resourceVersion,
          ...timing,
        };
        const ended = watch(connection, { ...asked, ...of }, { onOpen: () => undefined, onEvent }, stop.signal);
        return { events, ended };
      };

      const [protobuf, json] = [
        follow({ accept: accept.watch, decode: counted.decode }),
        follow({ accept: accept.watch?.replace(/^[^,]*,/, '') }),
      ];
      await change(resource);
      await until('the events', () => protobuf.events.length >= 3 && json.events.length >= 3);
      stop.abort();
      await Promise.all([protobuf.ended, json.ended]);

      expect(protobuf.events.slice(0, 3)).to.deep.equal(json.events.slice(0, 3));
      expect(counted.calls()).to.be.at.least(3);
    });
  }

  it('gives generate the same data as JSON', async () => {
    const api = apiServer(connection, end.signal);

    const services = await api.services('cluster', allKeys);
    const namespaces = await api.namespaces(allKeys);
    const endpoints = await api.endpoints(services.slice(0, 300), 'cluster');

    const inJson = async <T>(
      group: '' | 'discovery.k8s.io',
      resource: string,
      view: (object: unknown) => T | null,
    ): Promise<T[]> => {
      const read = reader(connection, end.signal);
      return (await listWithVersion(read, { group, resource, verb: 'list', namespace: null }, view)).items;
    };
    expect(services).to.deep.equal(await inJson('', 'services', (object) => serviceView(object, allKeys)));
    expect(namespaces).to.deep.equal(await inJson('', 'namespaces', (object) => namespaceView(object, allKeys)));
    const slices = await inJson('discovery.k8s.io', 'endpointslices', sliceView);
    expect(slices.filter(({ key }) => endpoints.has(key)).length).to.be.above(50);
    for (const { key, endpoints: one } of slices) if (endpoints.has(key)) expect(endpoints.get(key)).to.deep.equal(one);
  });

  it('streams a whole list, equal to its pages, to an account that may only list', async () => {
    const account = { namespace: 'team-1', name: 'reader' };
    const subject = { kind: 'ServiceAccount', ...account };
    const rule = { apiGroups: [''], resources: ['services'], verbs: ['list'] };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'reader' } };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' };
    const rules = { ...role, kind: 'ClusterRole', rules: [rule] };
    await cluster.apply([rules, { ...role, kind: 'ClusterRoleBinding', roleRef, subjects: [subject] }]);
    const reading = connectByKubeconfig([await pluginKubeconfig(cluster, account)]);
    await untilRolesHold(cluster, [rules], account);
    const read = reader(reading, end.signal);
    const [services] = collections;
    const of = { ...services, namespace: null, verb: 'list' } as const;
    const views: unknown[] = [];
    const items = (): ((item: unknown) => void) => (item) => views.push(services.view(item));

    const whole = await read('/api/v1/services', of, { items, decode: services.decode });
    const inPages = await listWithVersion<unknown>(read, of, services.view, { limit: 100, decode: services.decode });
    const isStreamed = await streamsLists(read);
    reading.close();

    expect(isStreamed).to.equal(true);
    expect(asObject(asObject(whole.body).metadata).continue).to.equal('');
    expect(views).to.deep.equal(inPages.items).and.to.have.length.above(count);
  });

  it('reports failed requests as JSON does', async () => {
    const [verb, namespace] = ['list', null] as const;
    const kubeconfig = await cluster.kubeconfig({ token: 'unknown' });
    const stranger = connectByKubeconfig([kubeconfig]);
    const read = reader(stranger, end.signal, { attempts: 1 });
    const of = { group: '', resource: 'services', verb, namespace } as const;

    const errors = await Promise.all(
      [{}, { decode: collections[0].decode }].map((query) => failure(() => listWithVersion(read, of, String, query))),
    );
    stranger.close();

    expect(errors[0]?.code).to.equal('CLUSTER_UNAUTHORIZED');
    expect(errors[1]?.message).to.equal(errors[0]?.message);
  });

  async function change(resource: string): Promise<void> {
    if (resource === 'namespaces') {
      await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'later', labels: { a: 'b' } } }]);
      for (const tier of ['silver', 'bronze'])
        await cluster.request('PATCH', '/api/v1/namespaces/later', { metadata: { labels: { tier } } }, mergePatch);
      return;
    }
    const one =
      resource === 'services' ? service('team-1', 'later', 80) : endpointSlice('team-1', 'later', { ready: 1 });
    await cluster.apply([one]);
    const path = `${resource === 'services' ? '/api/v1' : '/apis/discovery.k8s.io/v1'}/namespaces/team-1/${resource}/${asString(asObject(one.metadata).name)}`;
    await cluster.request('PATCH', path, { metadata: { labels: { tier: 'gold' } } }, mergePatch);
    await cluster.request('DELETE', path);
  }
});

const mergePatch = { contentType: 'application/merge-patch+json' };

const base = { apiVersion: 'v1', kind: 'Service' };
/** Whose fields are those that the realistic ones do not have. */
const unusual = [
  {
    ...base,
    metadata: { name: 'outside', namespace: 'team-1' },
    spec: { type: 'ExternalName', externalName: 'a.example.com' },
  },
  {
    ...base,
    metadata: {
      name: 'named',
      namespace: 'team-1',
      labels: { constructor: 'b', empty: '' },
      annotations: { 'example.com/text': 'Grüße, 世界 🎉\n', constructor: 'y', empty: '' },
      ownerReferences: [
        { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s', uid: 'c0ffee', controller: true },
      ],
    },
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'web', port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/ws' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
  },
  {
    ...base,
    metadata: { name: 'headless', namespace: 'team-1' },
    spec: { clusterIP: 'None', selector: { app: 'x' }, ports: [{ port: 1 }] },
  },
];

function counting(decode: DecodeObject): { readonly decode: DecodeObject; readonly calls: () => number } {
  let calls = 0;
  return {
    decode: (object) => {
      calls += 1;
      return decode(object);
    },
    calls: () => calls,
  };
}
