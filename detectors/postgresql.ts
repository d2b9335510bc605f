import { chart, exactName, label, owner, product, productLike } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['postgres', 'postgresql', 'tcp-postgresql', '5432'];

/** PostgreSQL's primary, else its replicas: CloudNativePG, Zalando, Crunchy, charts. Not exporters and poolers' admins. */
export const postgresql: Detector = {
  id: 'postgresql',
  title: 'PostgreSQL',
  toolset: 'postgresql',
  byDefault: 'off',
  sources: [
    'https://github.com/cloudnative-pg/cloudnative-pg/blob/main/pkg/specs/services.go',
    'https://github.com/zalando/postgres-operator/blob/master/pkg/cluster/k8sres.go',
    'https://github.com/CrunchyData/postgres-operator/tree/main/internal/controller/postgrescluster',
    'https://github.com/bitnami/charts/tree/main/bitnami/postgresql/templates',
  ],
  words: ['postgres', 'cnpg.io', 'spilo', 'pgsql'],
  evidence: [
    owner(
      'Cluster.postgresql.cnpg.io',
      'PostgresCluster.postgres-operator.crunchydata.com',
      'postgresql.acid.zalan.do',
    ),
    label('cnpg.io/cluster'),
    label('spilo-role'),
    label('postgres-operator.crunchydata.com/cluster'),
    product('postgresql', 'postgres', 'postgresql-ha', 'pgsql'),
    productLike(['*-postgresql', '*-postgres', 'postgres-*', 'postgresql-*'], ports),
    chart('postgresql', 'postgresql-ha'),
    exactName(['postgres', 'postgresql', 'pgsql'], ports),
  ],
  entryPoints: [
    { name: 'primary', part: ['primary', 'rw', 'master', 'pgpool', 'postgresql'] },
    { name: 'service' },
    { name: 'replicas', part: ['replica', 'replicas', 'read', 'repl', 'ro', 'r'] },
  ],
  otherParts: ['config', 'pods', 'repo', 'pgadmin', 'pgbackrest'],
  ports: { names: ['postgres', 'postgresql', 'tcp-postgresql'], numbers: [5432] },
  scheme: 'postgresql',
  probe: null,
  pods: { images: ['postgres', 'postgresql', 'postgresql-repmgr', 'pgpool', 'postgis', 'spilo-*', 'crunchy-postgres'] },
};
