import { expect } from 'chai';
import fc from 'fast-check';
import type { CorpusService } from '../accuracy/corpus.ts';
import { readCorpus, stacks } from '../accuracy/corpus.ts';
import { decide } from '../accuracy/judge.ts';
import type { Transformation } from './transformations.ts';
import {
  addLabels,
  affixNames,
  moveNamespaces,
  overrideFullName,
  overrideName,
  renameRelease,
  reorder,
} from './transformations.ts';

/** What must not change: whether it is taken, and then for what and where. */
type Answer = string;

/** Known by their exact name, which nothing in a Service says otherwise: to rename them is to make them another. */
const knownByName: Readonly<Record<string, string>> = {
  'istio-addons tracing': 'that its path is /jaeger, nothing but its name tells',
  'plain armo-alertmanager 16224389765 armo-alertmanager':
    'its name ends with the product, which its label only contains',
  'mariadb operator with replication repl-primary':
    'that it is the primary, the end of the name that the operator gives tells',
  'mariadb operator with replication repl': 'the same',
  'sentry sentry-clickhouse-headless':
    'its label says another release than that of the pods that it selects: a release cannot be renamed for both',
  'flagger flagger-prometheus': 'its name ends with the product, which the label of its pods only contains',
  'by hand prometheus-svc 35022855437 prometheus-svc': 'its pods have a label of their own making',
  'prometheus-benchmark my-bench-prometheus-benchmark-vmsingle': 'its labels are those of the application',
  'quay operator central-quay-redis':
    'its labels are those of the registry, and its name ends with the only word of Redis',
  '3scale operator backend-redis': 'its labels are those of 3scale, and its name ends with the only word of Redis',
  '3scale operator system-mysql': 'its labels are those of 3scale, and its name ends with the only word of MySQL',
  'mariadb operator with maxscale mariadb-galera':
    'which of them is the primary, the end of the name that the operator gives tells',
  'mariadb operator with maxscale mariadb-galera-primary': 'the same',
  'mysql of the kubernetes documentation mysql':
    'which of two with the same pods is for reads, the end of a name tells',
  'mysql of the kubernetes documentation mysql-read': 'the same',
  'kubeblocks kafka kafka-events-broker-headless': 'only the name of its cluster, which people choose, has Kafka in it',
  'kube-thanos thanos-query':
    'its front end is a release of its own: only the names of both say that they are of one installation',
  'openshift metrics of 3.x alertmanager':
    'its pods are labelled as Prometheus, and its name is the only word of Alertmanager that counts',
  'terraform of jira and jenkins grafana': 'its pods have a label of their own making',
  'prometheus addon of kubevela grafana': 'its labels are those of KubeVela',
  'prometheus addon of kubevela with thanos thanos-query': 'the same',
  'grafana of a forecast grafana-service': 'its pods have a label of their own making',
  'mariadb of a course mariadb-svc': 'its pods have a label of their own making',
  'jaeger exposed twice jaeger-ui': 'that it is the user interface, and not the collector, nothing but its name tells',
  'jaeger of a distributed system jaeger-ui': 'the same',
  'geolocation engine jaeger-ui': 'the same',
  'alertmanager on 8080 of a home alertmanager': 'its pods have a label of their own making',
  'alertmanager that is scraped elsewhere alertmanager': 'the same',
  'victorialogs headless called svc victorialogs-svc': 'the same',
  'redis called after its sentinel redis-sentinel':
    'its name and the label of its pods end with the word of its sentinels',
  'argo-cd with redis-ha argo-cd-redis-ha-haproxy':
    'its labels are those of Redis alone: that it is the cache of Argo CD, only the release in its name tells',
  'exercises with spring sbdemo-postgres-service':
    'its name and the label of its pods have the product in the middle, before words for what it is',
  'openwhisk owdev-kafka': 'its labels are those of the application, and its name begins with the word of the release',
  'hotrod jaeger': 'the label of its pods is that of the demo application',
  'playground of spring boot loki-service': 'its pods have a label of their own making',
  'armonik by terraform grafana':
    'its labels are those of the application, and the one that names it is of its own making',
  'argo cd behind a vpn argocd-server': 'it has neither labels nor a selector',
  'prometheus for apps under another name prometheus': 'the same, a name for a Service of another namespace',
  'prometheus for kiali under another name prometheus': 'the same',
  'grafana-fullnameOverride metrics-ui':
    'where the release is called like a word at both ends of the name, "metrics" is left, which is taken for another part',
};

/** Of each change, each over all stacks. The first already shows every Service of `knownByName` that any of eight shows. */
const runs = 2;

describe('detectors under irrelevant changes', () => {
  const all = [...stacks(readCorpus())].map(([stack, entries]) => ({
    stack,
    services: entries.map(({ service }) => service),
  }));
  /** The answers of the stacks as they are, which each change is compared with. */
  const unchanged = new Map<readonly CorpusService[], readonly Answer[]>();

  before(async () => {
    for (const { services } of all) unchanged.set(services, await answers(services));
  });

  const word = fc.constantFrom(
    'team-a',
    'eu',
    'prod',
    'blue',
    'acme',
    'shared',
    'obs',
    'central',
    'west-1',
    'k8s-prod',
  );
  const words = fc.uniqueArray(word, { minLength: 2, maxLength: 2 });
  const suffix = fc.oneof(
    fc.nat({ max: 20 }).map((number) => `-${String(number)}`),
    word.map((one) => `-${one}`),
  );
  const label = fc.tuple(
    fc.constantFrom('team', 'env', 'tier', 'argocd.argoproj.io/instance', 'kustomize.toolkit.fluxcd.io/name', 'owner'),
    fc.constantFrom('payments', 'prod', 'obs-prometheus', 'loki', 'grafana-team', 'backend', 'true'),
  );
  const annotation = fc.tuple(
    fc.constantFrom('prometheus.io/scrape', 'prometheus.io/port', 'meta.helm.sh/release-name', 'description'),
    fc.constantFrom('true', '9090', 'grafana', 'the Jaeger of team Elasticsearch'),
  );

  const changes: Readonly<Record<string, fc.Arbitrary<Transformation>>> = {
    'a prefix on the release name': word.map((one) => renameRelease((release) => `${one}-${release}`)),
    'a suffix on the release name': suffix.map((one) => renameRelease((release) => `${release}${one}`)),
    'another release name': word.map((one) =>
      renameRelease((_, place) => (place === 0 ? one : `${one}-${String(place)}`)),
    ),
    'other namespaces': words.map(([before, after]) =>
      moveNamespaces((namespace) => `${before!}-${namespace}-${after!}`),
    ),
    'a prefix on all names': word.map((one) => affixNames(`${one}-`, '')),
    'a suffix on all names': suffix.map((one) => affixNames('', one)),
    fullnameOverride: word.map((one) => overrideFullName(perChart(one))),
    nameOverride: word.map((one) => overrideName(perChart(one))),
    'unrelated labels and annotations': fc
      .tuple(fc.array(label, { maxLength: 4 }), fc.array(annotation, { maxLength: 4 }))
      .map(([labels, annotations]) => addLabels(Object.fromEntries(labels), Object.fromEntries(annotations))),
    'another order of ports and labels': fc
      .infiniteStream(fc.nat())
      .map((numbers) => reorder((items) => sortBy(items, numbers))),
  };

  for (const [title, change] of Object.entries(changes)) {
    it(`give the same answer after ${title}`, async () => {
      await fc.assert(
        fc.asyncProperty(change, async (transform) => {
          for (const { stack, services } of all) await expectSame(stack, services, transform);
        }),
        { numRuns: runs },
      );
    });
  }

  it('give the same answer after several such changes at once', async () => {
    const several = fc
      .tuple(fc.constantFrom(...all), fc.subarray(Object.keys(changes), { minLength: 2, maxLength: 4 }))
      .chain(([stack, titles]) => fc.tuple(fc.constant(stack), fc.tuple(...titles.map((title) => changes[title]!))));

    await fc.assert(
      fc.asyncProperty(several, async ([{ stack, services }, transformations]) => {
        const transform: Transformation = (before) => transformations.reduce((now, next) => next(now), before);
        // The name of a Service has no more characters.
        fc.pre(transform(services).every(({ metadata }) => metadata.name.length <= 63));
        await expectSame(stack, services, transform);
      }),
      { numRuns: 300 },
    );
  });

  async function expectSame(stack: string, before: readonly CorpusService[], transform: Transformation): Promise<void> {
    const after = transform(before);
    const [expected, actual] = [unchanged.get(before) ?? [], await answers(after)];
    for (const [index, { metadata }] of before.entries()) {
      const title = `${stack} ${metadata.name}`;
      if (Object.hasOwn(knownByName, title)) continue;
      expect(actual[index], `${title} as ${after[index]!.metadata.name}`).to.equal(expected[index]);
    }
  }

  async function answers(services: readonly CorpusService[]): Promise<Answer[]> {
    const decisions = await decide(services);
    return services.map(({ metadata: { name, namespace = 'default' } }) => {
      const found = decisions.find(({ service }) => service.name === name && service.namespace === namespace);
      if (found?.decision !== 'selected' || !found.endpoint) return 'not taken';
      const { scheme, port, path } = found.endpoint;
      return `${found.detector?.id ?? ''} ${scheme} ${String(port)} ${path}`;
    });
  }

  /** Charts are overridden each to a name of its own, so that no two Services of a stack get one name. */
  function perChart(base: string): (chart: string) => string {
    const names = new Map<string, string>();
    const letter = (number: number): string => 'abcdefghijklmnop'.charAt(number % 16);
    return (chart) => {
      const name = names.get(chart) ?? `${base}-${letter(names.size / 16)}${letter(names.size)}`;
      names.set(chart, name);
      return name;
    };
  }

  function sortBy<T>(items: readonly T[], numbers: Iterator<number>): readonly T[] {
    const keyed = items.map((item) => [Number(numbers.next().value), item] as const);
    return keyed.toSorted(([a], [b]) => a - b).map(([, item]) => item);
  }
});
