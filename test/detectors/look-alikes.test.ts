import { expect } from 'chai';
import { detectors } from '../../detectors/index.ts';
import type { CorpusService } from '../accuracy/corpus.ts';
import { decide } from '../accuracy/judge.ts';
import { lookAlikesOf, neighbourServices } from './look-alikes.ts';
import { serviceOf } from './service.ts';

describe('detectors given look-alikes', () => {
  /** Each by itself: nothing better takes its place. */
  async function taken(services: readonly CorpusService[]): Promise<string[]> {
    const apart = services.map((service, index) => {
      const namespace = `n${String(index)}`;
      return { ...service, metadata: { ...service.metadata, namespace } };
    });
    const decisions = await decide(apart);
    return decisions
      .filter(({ decision }) => decision === 'selected')
      .map(({ service, detector, rule }) => {
        const ports = service.ports.map(({ name, port }) => `${name} ${String(port)}`).join(', ');
        return `${detector?.id ?? ''} takes ${service.name} (${ports}) by ${rule}`;
      });
  }

  for (const { id, words } of detectors) {
    for (const product of new Set([id, ...words])) {
      if (product.includes('.')) continue;
      it(`do not select helpers of ${product}`, async () => {
        expect(await taken(lookAlikesOf(product).map(({ service }) => service))).to.deep.equal([]);
      });
    }
  }

  it("do not select a product's interfaces as the product", async () => {
    const products = detectors.map(({ id }) => id);
    const interfaces = ['ui', 'dashboards', 'console', 'proxy', 'datasource', 'mcp', 'plugin', 'importer', 'bridge'];
    const services = products.flatMap((product) =>
      interfaces.flatMap((word) => [
        serviceOf(`my-${product}-${word}`, { app: `my-${product}-${word}` }, [['http', 3001]]),
        serviceOf(`${product}-${word}`, { 'app.kubernetes.io/name': `${word}-for-${product}` }, [['http', 8081]]),
        serviceOf(`${word}-${product}-x`, {}, [['http', 80]]),
      ]),
    );

    expect(await taken(services)).to.deep.equal([]);
  });

  it('do not select neighbouring products, whatever their names and labels', async () => {
    expect(await taken(neighbourServices())).to.deep.equal([]);
  });

  it('do not select an application whose name contains a product', async () => {
    const names = [
      ...['tempo-booking', 'up-tempo', 'neo-cortex', 'motor-cortex-api', 'loki-game', 'mimir-wiki', 'thanos-snap'],
      ...['prometheus-theatre', 'grafana-fonts', 'jaeger-beer', 'elasticsearch-indexer', 'my-elasticsearch-sync'],
      ...['redis-commander', 'mongo-express', 'kafka-streams-app', 'postgres-importer', 'mysql-workbench'],
      ...['clickhouse-loader', 'rabbitmq-consumer', 'argocd-notifier', 'opensearch-crawler', 'victoria-metrics-blog'],
    ];
    const ports = [['http', 80] as const, ['http', 8080] as const, ['web', 3001] as const, ['https', 443] as const];
    const services = names.flatMap((name) =>
      ports.flatMap((port) => [
        serviceOf(name, { app: name }, [port]),
        serviceOf(name, { 'app.kubernetes.io/name': name, 'helm.sh/chart': `${name}-1.0.0` }, [port]),
        serviceOf(name, {}, [port]),
      ]),
    );

    expect(await taken(services)).to.deep.equal([]);
  });

  it('do not select a Service by its port alone', async () => {
    const ports = detectors.flatMap(({ ports: { names, numbers } }) => [
      ...names.map((name) => [name, 8088] as const),
      ...numbers.map((number) => ['', number] as const),
    ]);

    expect(await taken(ports.map((port) => serviceOf('checkout', { app: 'checkout' }, [port])))).to.deep.equal([]);
  });
});
