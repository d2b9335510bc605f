import { chart, exactName, owner, primaryParts, product, productLike, replicaParts, together } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['redis', 'tcp-redis', 'redis-client', 'valkey', '6379'];

/** Redis and Valkey: the proxy in front, the primary, else the nodes. Not sentinels and exporters. */
export const redis: Detector = {
  id: 'redis',
  title: 'Redis',
  toolset: 'redis',
  byDefault: 'off',
  sources: [
    'https://github.com/bitnami/charts/tree/main/bitnami/redis/templates',
    'https://github.com/bitnami/charts/tree/main/bitnami/valkey/templates',
    'https://github.com/DandyDeveloper/charts/tree/master/charts/redis-ha/templates',
    'https://github.com/spotahome/redis-operator/blob/master/operator/redisfailover/service/generator.go',
    'https://github.com/dragonflydb/dragonfly-operator/blob/main/internal/resources/resources.go',
    'https://github.com/dragonflydb/dragonfly/tree/main/contrib/charts/dragonfly/templates',
    'https://github.com/Enapter/charts/tree/master/keydb/templates',
    'https://github.com/OT-CONTAINER-KIT/redis-operator/blob/main/internal/k8sutils/services.go',
  ],
  words: ['redis', 'valkey', 'dragonfly', 'keydb'],
  purposes: ['cache', 'kv'],
  evidence: [
    owner(
      'Redis.redis.redis.opstreelabs.in',
      'RedisCluster.redis.redis.opstreelabs.in',
      'RedisReplication.redis.redis.opstreelabs.in',
      'RedisFailover.databases.spotahome.com',
    ),
    // Dragonfly is another program with the same protocol.
    together('owner and port', { owner: 'Dragonfly.dragonflydb.io', port: '6379' }),
    product('redis', 'valkey', 'redis-ha', 'redis-cluster'),
    // Other programs with the same protocol; their Services are named for them.
    productLike(['keydb', '*-keydb', 'dragonfly', '*-dragonfly'], '6379'),
    productLike(['*-redis', '*-valkey', 'redis-*', 'valkey-*'], ports),
    chart('redis', 'valkey', 'redis-ha', 'redis-cluster', 'keydb'),
    exactName(['redis', 'valkey', 'redis-master'], ports),
  ],
  entryPoints: [
    { name: 'proxy', part: ['haproxy', '*-haproxy'] },
    { name: 'primary', part: primaryParts },
    // In Bitnami's chart, each node has a sentinel beside it, after which people name the release.
    { name: 'nodes', part: 'node', allows: ['cache', 'store', 'sentinel'] },
    // Services are often named after what Redis is used for.
    { name: 'nodes', allows: ['cache', 'store'] },
    // Named for the sentinels, with the port of the nodes in the same Pods beside theirs.
    { name: 'nodes', part: ['sentinel', 'sentinel-headless'], when: { port: '6379' } },
    { name: 'replicas', part: replicaParts },
  ],
  otherParts: ['sentinel'],
  // Argo CD's own cache. Its chart brings one whose labels name only Redis, and which is named after the release.
  notOf: [{ labels: { 'app.kubernetes.io/part-of': 'argocd' } }, { name: ['argocd-redis*', 'argo-cd-redis*'] }],
  ports: { names: ['tcp-redis', 'redis', 'redis-client', 'valkey', 'tcp-valkey'], numbers: [6379] },
  scheme: 'redis',
  probe: null,
  pods: {
    images: [
      'redis',
      'redis-cluster',
      'redis-stack',
      'redis-stack-server',
      'valkey',
      'valkey-bundle',
      'valkey-cluster',
      'keydb',
      'dragonfly',
    ],
  },
};
