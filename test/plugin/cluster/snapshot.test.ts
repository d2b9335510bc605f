import { expect } from 'chai';
import { readRecording } from '../../../plugin/cluster/recording.ts';
import { snapshot } from '../../../plugin/cluster/snapshot.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, prometheus, slice } from '../../support/objects.ts';

describe('plugin/cluster/snapshot', () => {
  const folder = temporaryFolder();
  const noKeys = { labels: new Set<string>(), annotations: new Set<string>(), namespaceLabels: new Set<string>() };

  /** The names of the Services of a file of these documents, as `cat` puts the output of several commands together. */
  async function servicesOf(...documents: readonly object[]): Promise<readonly string[]> {
    const content = documents.map((one) => JSON.stringify(one, null, 1)).join('\n---\n');
    const file = await folder.write('cluster.yaml', `# Recorded by hand.\n${content}`);
    const services = await snapshot(await readRecording(file)).services('cluster', noKeys);
    return services.map(({ namespace, name }) => `${namespace}/${name}`);
  }

  function list(...items: readonly KubeObject[]): object {
    return { apiVersion: 'v1', kind: 'List', items };
  }

  function changed(object: KubeObject): KubeObject {
    return { ...object, metadata: { ...object.metadata, labels: { team: 'b' } } };
  }

  for (const [title, content] of [
    ['two JSON documents, as two commands of kubectl print them', `${JSON.stringify(list(prometheus()))}\n{}\n`],
    ['half a JSON document', JSON.stringify(list(prometheus()), null, 4).slice(0, 200)],
    ['half a JSON document of Windows PowerShell', `\uFEFF${JSON.stringify(list(prometheus())).slice(0, 200)}`],
  ] as const) {
    it(`says what is wrong with ${title}`, async () => {
      const file = await folder.write('cluster.json', content);

      const { code, message } = await failure(() => readRecording(file));

      expect(code).to.equal('SNAPSHOT_INVALID');
      expect(message).to.match(/ is neither JSON nor YAML: it is cut off, or more than one JSON document: /);
    });
  }

  it('counts an object once that was printed twice', async () => {
    const both = list(prometheus(), slice(prometheus()));

    expect(await servicesOf(both, list(grafana()), both)).to.deep.equal([
      'monitoring/prometheus',
      'monitoring/grafana',
    ]);
  });

  for (const object of [prometheus(), slice(prometheus())])
    it(`rejects two versions of one ${object.kind}, and names it`, async () => {
      const error = await failure(() => servicesOf(list(prometheus(), object), list(changed(object))));

      const name = `${object.kind} monitoring/${object.metadata.name}`;
      expect(error.code).to.equal('SNAPSHOT_INVALID');
      expect(error.message).to.contain(
        ` holds two versions of ${name}: it was recorded at two times, or in two clusters`,
      );
    });

  it('accepts objects with one name of several kinds or in several namespaces', async () => {
    const ofGroup = { ...changed(prometheus()), kind: 'Prometheus', apiVersion: 'monitoring.coreos.com/v1' };

    expect(await servicesOf(list(prometheus(), ofGroup, prometheus('team')))).to.deep.equal([
      'monitoring/prometheus',
      'team/prometheus',
    ]);
  });

  it('accepts two recordings of one Pod with different labels, as two Services may select it', async () => {
    const metadata = { namespace: 'monitoring', name: 'unnamed' };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata };
    const labelled = { ...pod, metadata: { ...metadata, labels: { app: 'prometheus' } } };

    expect(await servicesOf(list(prometheus(), pod, labelled))).to.deep.equal(['monitoring/prometheus']);
  });

  it('does not take a Service of another API group for one of the cluster', async () => {
    const knative = { ...prometheus('team', 'shop'), apiVersion: 'serving.knative.dev/v1' };

    expect(await servicesOf(list(prometheus(), knative))).to.deep.equal(['monitoring/prometheus']);
  });

  it('reads the items of a list of Services, which have no kind of their own', async () => {
    const { kind: _, apiVersion: __, ...item } = prometheus();

    expect(await servicesOf({ apiVersion: 'v1', kind: 'ServiceList', items: [item] })).to.deep.equal([
      'monitoring/prometheus',
    ]);
  });
});
