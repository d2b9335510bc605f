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
} from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['mysql', 'mariadb', 'tcp-mysql', '3306'];
const names = ['mysql', 'mariadb', 'tcp-mysql', 'mysql-replicas'];

/** MySQL and MariaDB: the primary, or a router or proxy in front. Not exporters, admin ports or group replication. */
export const mysql: Detector = {
  id: 'mysql',
  title: 'MySQL',
  toolset: 'mysql',
  byDefault: 'off',
  sources: [
    'https://github.com/bitnami/charts/tree/main/bitnami/mysql/templates',
    'https://github.com/bitnami/charts/tree/main/bitnami/mariadb/templates',
    'https://github.com/mysql/mysql-operator/blob/trunk/mysqloperator/controller/innodbcluster/router_objects.py',
    'https://github.com/percona/percona-xtradb-cluster-operator/blob/main/pkg/pxc/service.go',
    'https://github.com/percona/percona-server-mysql-operator/blob/main/pkg/haproxy/haproxy.go',
    'https://github.com/mariadb-operator/mariadb-operator/blob/main/pkg/builder/service_builder.go',
    'https://github.com/openstack-k8s-operators/mariadb-operator/blob/main/internal/mariadb/service.go',
  ],
  words: ['mysql', 'mariadb', 'percona-xtradb', 'pxc', 'innodb'],
  evidence: [
    owner(
      'InnoDBCluster.mysql.oracle.com',
      'PerconaXtraDBCluster.pxc.percona.com',
      'MariaDB.k8s.mariadb.com',
      'PerconaServerMySQL.ps.percona.com',
      'Galera.mariadb.openstack.org',
    ),
    label('mysql.oracle.com/cluster'),
    ...selectsWithPort(['mysql.oracle.com/cluster'], '3306'),
    product('mysql', 'mariadb', 'mariadb-galera', 'percona-xtradb-cluster'),
    productLike(['*-mysql', '*-mariadb', 'mysql-*', 'mariadb-*'], ports),
    productLike(['mysql-router', 'mysqlrouter'], '6446'),
    chart('mysql', 'mariadb', 'mariadb-galera'),
    exactName(['mysql', 'mariadb'], ports),
  ],
  entryPoints: [
    {
      name: 'router',
      part: ['haproxy', 'proxysql', 'mysqlrouter', 'router', 'maxscale', 'proxy'],
      // MySQL Router listens on 6446 for connections that write.
      ports: { names, numbers: [3306, 6446], others: [33060] },
    },
    { name: 'primary', part: primaryParts },
    { name: 'nodes' },
    { name: 'replicas', part: [...replicaParts, 'haproxy-replicas'] },
  ],
  otherParts: ['unready', 'pmm', 'phpmyadmin', 'orchestrator'],
  ports: { names, numbers: [3306], others: [33060] },
  scheme: 'mysql',
  probe: null,
  pods: {
    images: [
      'mysql',
      'mysql-server',
      'community-server',
      'community-router',
      'mariadb',
      'mariadb-galera',
      'percona',
      'percona-server',
      'percona-xtradb-cluster',
    ],
  },
};
