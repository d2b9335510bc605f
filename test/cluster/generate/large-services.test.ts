import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { measure } from '../../bench/measure.ts';
import { applicationDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { service } from '../support/backends.ts';
import { buildProgram, gitFolder, imageEnvironment } from '../support/program.ts';
import type { Program } from '../support/program.ts';

/** With their managed fields they have as many bytes as etcd takes. */
const labels = 4_000;
const count = 60;
const maxMB = 200;

describe('cluster/generate/large-services', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    const many = Array.from({ length: labels }, (_, index): [string, string] => [
      `example.com/${'k'.repeat(45)}-${index}`,
      'v'.repeat(63),
    ]);
    const large = Array.from({ length: count }, (_, index) => {
      const one = service('tenant', `large-${index}`, 9090, 'prometheus');
      return { ...one, metadata: { ...one.metadata, labels: { ...Object.fromEntries(many), app: 'prometheus' } } };
    });
    await cluster.seedServices([service('monitoring', 'prometheus', 9090, 'prometheus'), ...large]);
    await cluster.apply([applicationDefinition]);
    const folder = await gitFolder(cluster.folder, {});
    shared = ['--path', folder, '--kubeconfig', await cluster.kubeconfig(), '--check', 'none'];
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('leaves them out with one warning, and prints the others', async () => {
    const { code, stdout: manifest, stderr } = await program.run(['generate', ...shared]);
    const explained = await program.run(['explain', '-o', 'json', ...shared]);
    const { services, warnings } = JSON.parse(explained.stdout) as Explanation;

    expect(code).to.equal(0);
    expect(stderr).to.include('"code":"SERVICE_TOO_LARGE"').and.include('; and 57 more');
    expect(manifest).to.include('http://prometheus.monitoring.svc.cluster.local:9090');
    // The annotation with the warnings names them.
    expect(manifest.slice(manifest.indexOf('\ndata:'))).not.to.include('large-');
    const own = services.filter(({ namespace }) => namespace === 'tenant');
    expect(own).to.have.length(count);
    expect(new Set(own.map(({ decision, reason }) => `${decision}: ${reason}`))).to.deep.equal(
      new Set(['denied: ServiceTooLarge']),
    );
    expect(warnings.filter(({ code }) => code === 'SERVICE_TOO_LARGE')).to.have.length(1);
  });

  it('keeps generate below 200 MB', async () => {
    const file = join(cluster.folder, 'dynamic-toolset.cjs');

    const { peakMB } = await measure([process.execPath, file, 'generate', ...shared], imageEnvironment);

    expect(peakMB).to.be.below(maxMB);
  });

  it('keeps serve below 200 MB, and logs them once', async () => {
    const serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig()]);
    try {
      const told = await serve.until('services-too-large');
      const status = readFileSync(`/proc/${String(serve.pid)}/status`, 'utf8');

      expect(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024).to.be.below(maxMB);
      expect(told.count).to.equal(count);
      expect(serve.events.filter(({ event }) => event === 'services-too-large')).to.have.length(1);
    } finally {
      await serve.stop();
    }
  });
});
