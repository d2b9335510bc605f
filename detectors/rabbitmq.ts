import { chart, exactName, owner, product, productLike } from './evidence.ts';
import type { Detector } from './types.ts';

const management = ['management', 'management-tls', 'http-stats', '15672', '15671'];

/** RabbitMQ's management API, not its AMQP listeners. */
export const rabbitmq: Detector = {
  id: 'rabbitmq',
  title: 'RabbitMQ',
  toolset: 'rabbitmq/core',
  byDefault: 'off',
  sources: [
    'https://github.com/rabbitmq/cluster-operator/blob/main/internal/resource/service.go',
    'https://github.com/bitnami/charts/tree/main/bitnami/rabbitmq/templates',
  ],
  words: ['rabbitmq'],
  evidence: [
    owner('RabbitmqCluster.rabbitmq.com'),
    product('rabbitmq'),
    productLike(['rabbitmq-*', '*-rabbitmq'], management),
    chart('rabbitmq'),
    exactName(['rabbitmq', 'rabbitmq-management'], management),
  ],
  entryPoints: [{ name: 'management' }],
  otherParts: ['nodes', 'prometheus', 'messaging', 'topology'],
  ports: {
    names: ['management-tls', 'management', 'http-stats', 'stats', 'http-management'],
    numbers: [15671, 15672],
    others: [5671, 5672, 25672, 4369],
  },
  scheme: 'http',
  probe: { path: '/api/overview', contains: ['"rabbitmq_version"'] },
  pods: { images: 'rabbitmq' },
};
