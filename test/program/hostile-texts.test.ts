import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { instanceLabels, productLabels } from '../../detectors/label-keys.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { temporaryFolder } from '../support/folder.ts';
import { prometheus, recording, service } from '../support/objects.ts';
import { ended, startProgram } from '../support/program.ts';

const repository = join(import.meta.dirname, '../..');

/** Of how many of them a text consists, a pattern that can part it in many ways tries each: 63 would take it years. */
const units = ['1', '-1', '.1', 'v1', '1.', 'a1', 'a', 'a-', 'A', 'aA'];
const products = ['', 'prometheus', 'redis-', 'mysql', 'es'];

/** A pattern cannot be ended within a process, so the program is one that can. */
describe('plugin/main with texts that make regular expressions backtrack', () => {
  const folder = temporaryFolder();

  it('decides every Service that has one wherever a tenant may write', async () => {
    const texts = products.flatMap((product) => units.map((unit) => textOf(product, unit)));
    const cluster = await folder.write('cluster.json', recording(prometheus(), ...texts.map(hostile)));

    const program = startProgram(['explain', '--all', '-o', 'json', '--path', folder.path, '--snapshot', cluster]);
    const watchdog = setTimeout(() => program.kill('SIGKILL'), 60_000);
    const [stdout, end] = await Promise.all([text(program.stdout!), ended(program)]);
    clearTimeout(watchdog);

    expect(end.code).to.equal(0);
    const { services } = JSON.parse(stdout) as { readonly services: readonly unknown[] };
    expect(services).to.have.length(texts.length + 1);
  });

  it('validates an override whose URL is a megabyte of slashes', async () => {
    const url = `http://prometheus${slashes(1_000_000)}`;
    await folder.write(
      'overrides.yaml',
      `toolsets:\n  prometheus/metrics: { enabled: true, config: { prometheus_url: ${url} } }\n`,
    );

    expect(await ended(startProgram(['validate', folder.path]))).to.include({ code: 0 });
  });

  it('reads an Application whose destination and repository are megabytes of slashes', () => {
    const modules = [join(repository, 'plugin/argocd/application.ts'), join(repository, 'plugin/argocd/links.ts')];
    const script = `
      const [{ applicationView }, { gitLink }] = await Promise.all(${JSON.stringify(modules)}.map((one) => import(one)));
      const slashes = '/'.repeat(3_000_000) + 'x';
      const spec = { destination: { server: 'https://spoke' + slashes }, source: { repoURL: 'https://github.com' + slashes } };
      const { otherCluster } = applicationView({ metadata: { name: 'a', namespace: 'argocd' }, spec }, []);
      const source = { repoUrl: spec.source.repoURL, path: '.', commit: 'a'.repeat(40) };
      console.log(otherCluster.length, gitLink(source, null, {}));
    `;
    const options = { encoding: 'utf8', timeout: 60_000 } as const;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);

    expect(stdout).to.equal('253 null\n');
  });
});

/** A run of slashes with something after it, so that a pattern for the last ones fails at each of them. */
function slashes(count: number): string {
  return `${'/'.repeat(count)}x`;
}

/** As long as a label's value may be, and with an end that makes a pattern for its beginning fail. */
function textOf(product: string, unit: string): string {
  return `${`${product}${unit.repeat(63)}`.slice(0, 61)}.x`;
}

function hostile(written: string, index: number): KubeObject {
  const keys = ['helm.sh/chart', 'app.kubernetes.io/component', ...productLabels, ...instanceLabels];
  const labels = Object.fromEntries(keys.map((key) => [key, written]));
  const short = written.slice(0, 15);
  const { metadata, spec, ...type } = service({
    name: `${written.toLowerCase().replaceAll('.', '-')}-${String(index)}`,
    labels,
    annotations: { 'kubernaut.io/toolset-endpoint': `http://${written}:9090/${written}` },
    ports: [9090, 6379, 3306, 9200].map((port) => ({ name: `${short}${String(port)}`, port, targetPort: short })),
    selector: labels,
  });
  const ownerReferences = [{ apiVersion: `${written}/v1`, kind: written, name: written, uid: '' }];
  return { ...type, metadata: { ...metadata, ownerReferences }, spec: { ...(spec as object), externalName: written } };
}
