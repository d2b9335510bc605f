import { expect } from 'chai';
import { text } from 'node:stream/consumers';
import { instanceLabels, productLabels } from '../../detectors/label-keys.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { temporaryFolder } from '../support/folder.ts';
import { prometheus, recording, service } from '../support/objects.ts';
import { ended, startProgram } from '../support/program.ts';

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
});

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
