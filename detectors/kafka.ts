import { chart, exactName, product, productLike, together } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['tcp-client', 'tcp-clients', 'tcp-kafka', 'broker', 'plaintext', 'kafka', '9092', '29092'];

/** Kafka's client listeners. Not ZooKeeper, Connect, REST proxies, or traffic between brokers. */
export const kafka: Detector = {
  id: 'kafka',
  title: 'Kafka',
  toolset: 'kafka/admin',
  byDefault: 'off',
  sources: [
    'https://github.com/strimzi/strimzi-kafka-operator/blob/main/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaCluster.java',
    'https://github.com/bitnami/charts/tree/main/bitnami/kafka/templates',
    'https://github.com/banzaicloud/koperator/blob/master/pkg/resources/kafka/allBrokerService.go',
    'https://github.com/redpanda-data/helm-charts/tree/main/charts/redpanda/templates',
    'https://github.com/confluentinc/cp-helm-charts/tree/master/charts/cp-kafka/templates',
  ],
  words: ['kafka', 'redpanda'],
  purposes: ['broker'],
  evidence: [
    together('operator labels', { labels: { 'strimzi.io/kind': 'Kafka', 'strimzi.io/component-type': 'kafka' } }),
    together('operator labels', { labels: { 'strimzi.io/kind': 'Kafka', 'strimzi.io/discovery': 'true' } }),
    product('kafka', 'cp-kafka'),
    // Redpanda is another program with the same protocol.
    product('redpanda'),
    productLike(['*-kafka', 'kafka-*'], ports),
    chart('kafka', 'cp-kafka', 'redpanda'),
    exactName(['kafka', 'kafka-broker', 'kafka-bootstrap'], ports),
  ],
  entryPoints: [
    { name: 'bootstrap', part: ['kafka-bootstrap', 'bootstrap', ''] },
    {
      name: 'brokers',
      part: [
        'kafka',
        'kafka-brokers',
        'brokers',
        'broker',
        'controller-eligible',
        'headless',
        'kafka-headless',
        'controller-headless',
        'broker-headless',
      ],
    },
  ],
  otherParts: ['zookeeper', 'connect', 'rest', 'jmx', 'schema', 'registry', 'ksql', 'mirror', 'cruise', 'entity'],
  ports: {
    names: [
      ...['tcp-clients', 'tcp-client', 'tcp-kafka', 'plaintext', 'broker', 'kafka', 'client', 'tcp-internal'],
      'tcp-clientstls',
    ],
    // Confluent's and Koperator's examples use 29092 for the internal listener.
    numbers: [9092, 29092, 9093],
    // In Apache Kafka's own configuration, the controllers have it.
    ambiguous: [9093],
  },
  scheme: 'kafka',
  probe: null,
  pods: { images: ['kafka', 'kafka-native', 'cp-kafka', 'cp-server', 'redpanda'] },
};
