import { chart, exactName, label, owner, product, productLike, selectsWithPort } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['http', 'https', '8123', '8443'];

/** ClickHouse over HTTP. Not its native, interserver or compatibility ports, nor Keeper or the operator. */
export const clickhouse: Detector = {
  id: 'clickhouse',
  title: 'ClickHouse',
  toolset: 'clickhouse',
  byDefault: 'off',
  sources: [
    'https://github.com/Altinity/clickhouse-operator/tree/master/pkg/model/chi/creator',
    'https://github.com/bitnami/charts/tree/main/bitnami/clickhouse/templates',
  ],
  words: ['clickhouse'],
  evidence: [
    owner('ClickHouseInstallation.clickhouse.altinity.com', 'ClickHouseCluster.clickhouse.com'),
    label('clickhouse.altinity.com/chi'),
    ...selectsWithPort(['clickhouse.altinity.com/chi'], ['8123', '8443']),
    product('clickhouse'),
    productLike(['*-clickhouse', 'clickhouse-*'], ['8123', '8443']),
    chart('clickhouse'),
    exactName('clickhouse', ports),
  ],
  entryPoints: [
    { name: 'cluster', part: 'chi' },
    { name: 'cluster' },
    { name: 'host', part: ['host', 'shard', 'replica'] },
  ],
  otherParts: ['keeper'],
  ports: { names: ['https', 'http'], numbers: [8443, 8123], others: [9000, 9440, 9004, 9005, 9009] },
  scheme: 'http',
  probe: { path: '/', contains: ['Ok.'] },
  pods: { images: ['clickhouse', 'clickhouse-server'] },
};
