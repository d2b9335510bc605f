import {
  chart,
  exactName,
  label,
  owner,
  primaryParts,
  product,
  productLike,
  replicaParts,
  selectsWithPort,
  together,
} from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['postgres', 'postgresql', 'tcp-postgresql', '5432'];

/** Names of programs that run PostgreSQL, or of PostgreSQL with extensions. */
const others = ['patroni', 'spilo', 'timescaledb', 'postgis'];

/**
 * PostgreSQL's primary, else its replicas: CloudNativePG, Zalando, Crunchy, charts. Not exporters or poolers' admin.
 */
export const postgresql: Detector = {
  id: 'postgresql',
  title: 'PostgreSQL',
  toolset: 'postgresql',
  byDefault: 'off',
  sources: [
    'https://github.com/cloudnative-pg/cloudnative-pg/blob/main/pkg/specs/services.go',
    'https://github.com/zalando/postgres-operator/blob/master/pkg/cluster/k8sres.go',
    'https://github.com/CrunchyData/postgres-operator/tree/main/internal/controller/postgrescluster',
    'https://gitlab.com/ongresinc/stackgres/-/blob/main/doc/content/en/04-administration-guide/02-connecting-to-the-cluster/_index.md',
    'https://www.enterprisedb.com/docs/postgres_for_kubernetes/latest/service_management/',
    'https://github.com/reactive-tech/kubegres/tree/main/internal/controller/spec/template/yaml',
    'https://github.com/kubedb/apimachinery/blob/master/apis/kubedb/v1/postgres_helpers.go',
    'https://github.com/apecloud/kubeblocks-addons/blob/main/addons/postgresql/templates/cmpd.yaml',
    'https://github.com/bitnami/charts/tree/main/bitnami/postgresql/templates',
  ],
  words: ['postgres', ...others, 'cnpg.io', 'pgsql', 'stackgres.io', 'enterprisedb.io', 'kubegres'],
  abbreviations: ['pg', 'psql'],
  evidence: [
    owner(
      'Cluster.postgresql.cnpg.io',
      'PostgresCluster.postgres-operator.crunchydata.com',
      'postgresql.acid.zalan.do',
      'Cluster.postgresql.k8s.enterprisedb.io',
    ),
    together('owner and port', { owner: 'Kubegres.kubegres.reactive-tech.io', port: '5432' }),
    label('cnpg.io/cluster'),
    label('k8s.enterprisedb.io/cluster'),
    together('operator label and port', { labels: { 'stackgres.io/cluster-name': '*' }, port: '5432' }),
    label('spilo-role'),
    label('postgres-operator.crunchydata.com/cluster'),
    ...selectsWithPort(
      [
        'cnpg.io/cluster',
        'k8s.enterprisedb.io/cluster',
        'stackgres.io/cluster-name',
        'postgres-operator.crunchydata.com/cluster',
        'spilo-role',
      ],
      '5432',
    ),
    product('postgresql', 'postgres', 'postgresql-ha', 'pgsql'),
    productLike(['*-postgresql', '*-postgres', 'postgres-*', 'postgresql-*', ...others], ports),
    chart('postgresql', 'postgresql-ha'),
    exactName(['postgres', 'postgresql', 'pgsql'], ports),
  ],
  entryPoints: [
    { name: 'proxy', part: 'pgpool' },
    { name: 'primary', part: [...primaryParts, 'postgresql'] },
    { name: 'service' },
    { name: 'replicas', part: replicaParts },
  ],
  otherParts: ['config', 'repo', 'pgadmin', 'pgbackrest'],
  ports: { names: ['postgres', 'postgresql', 'tcp-postgresql', 'pgport'], numbers: [5432] },
  scheme: 'postgresql',
  probe: null,
  pods: {
    images: [
      'postgres',
      'postgresql',
      'postgresql-repmgr',
      'pgpool',
      'postgis',
      'pgvector',
      'citus',
      'timescaledb*',
      'spilo-*',
      'crunchy-postgres',
    ],
  },
};
