import { chart, exactName, owner, primaryParts, product, productLike, replicaParts } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['mongodb', 'mongo', 'tcp-mongodb', 'mongos', '27017'];

/** MongoDB: mongos in front of shards, else the replica set. Not arbiters, config servers or exporters. */
export const mongodb: Detector = {
  id: 'mongodb',
  title: 'MongoDB',
  toolset: 'mongodb',
  byDefault: 'off',
  sources: [
    'https://github.com/bitnami/charts/tree/main/bitnami/mongodb/templates',
    'https://github.com/percona/percona-server-mongodb-operator/blob/main/pkg/psmdb/service.go',
    'https://github.com/mongodb/mongodb-kubernetes-operator',
    'https://github.com/mongodb/mongodb-kubernetes/blob/master/controllers/operator/create/create.go',
  ],
  words: ['mongo'],
  evidence: [
    owner(
      'PerconaServerMongoDB.psmdb.percona.com',
      'MongoDBCommunity.mongodbcommunity.mongodb.com',
      'MongoDB.mongodb.com',
    ),
    product('mongodb', 'mongo', 'mongodb-sharded', 'percona-server-mongodb'),
    // The router in front of shards, where it is labelled with its own name.
    product('mongos'),
    productLike(['*-mongodb', '*-mongo', 'mongo-*', 'mongodb-*', '*-mongodb-svc'], ports),
    chart('mongodb', 'mongodb-sharded'),
    exactName(['mongodb', 'mongo'], ports),
  ],
  entryPoints: [
    { name: 'mongos', part: 'mongos' },
    { name: 'primary', part: primaryParts },
    { name: 'replica set' },
    { name: 'replicas', part: replicaParts },
  ],
  otherParts: ['arbiter', 'cfg', 'configsvr', 'shard', 'express'],
  // Config servers and shards of a cluster that is queried through mongos.
  notOf: [{ owner: 'MongoDB.mongodb.com', labels: { app: ['*-cs', '*-sh'] } }],
  ports: { names: ['mongos', 'mongodb', 'mongo', 'tcp-mongodb'], numbers: [27017] },
  scheme: 'mongodb',
  probe: null,
  pods: {
    images: [
      'mongo',
      'mongodb',
      'mongodb-sharded',
      'mongodb-community-server',
      'mongodb-enterprise-server',
      'percona-server-mongodb',
    ],
  },
};
