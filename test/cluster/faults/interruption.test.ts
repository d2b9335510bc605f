import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { seedFaultFixture } from './fixture.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { buildProgram, failureOf, outputOf } from '../support/program.ts';
import type { Program } from '../support/program.ts';

/** Every request of a run, and how an error names it. */
const stages = [
  { path: '/api/v1/services', asked: 'list services in all namespaces' },
  { path: '/api/v1/namespaces', asked: 'list namespaces in all namespaces' },
  {
    path: '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap',
    asked: 'get configmaps in namespace holmesgpt',
  },
  { path: '/apis/discovery.k8s.io/v1/endpointslices', asked: 'list endpointslices in all namespaces' },
] as const;

describe('cluster/faults/interruption', () => {
  let cluster: Cluster;
  let program: Program;
  let proxy: FaultProxy;
  let args: readonly string[];
  /** The path that is never answered, and who is told when it is asked for. */
  let silent: { readonly path: string; readonly onRequest: () => void } | null;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    proxy = await startFaultProxy(cluster, ({ url }) => {
      if (!silent || silent.path !== url.split('?')[0]) return null;
      silent.onRequest();
      return { kind: 'hang', afterBytes: 20 };
    });
    const kubeconfig = await cluster.kubeconfig({ server: proxy.url });
    const folder = await seedFaultFixture(cluster);
    args = ['generate', '--check', 'readiness', '--path', folder, '--kubeconfig', kubeconfig];
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (proxy as FaultProxy | undefined)?.stop();
    await (cluster as Cluster | undefined)?.stop();
  });

  beforeEach(() => {
    silent = null;
  });

  for (const { path, asked } of stages) {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
      it(`prints nothing when ${signal} terminates it while it waits for ${path}`, async () => {
        const { promise: waiting, resolve } = Promise.withResolvers<undefined>();
        silent = {
          path,
          onRequest: () => {
            resolve(undefined);
          },
        };

        const { child, result } = program.start(args);
        await waiting;
        child.kill(signal);

        expect(await result).to.deep.equal({ code: null, signal, stdout: '', stderr: '' });
      });
    }

    it(`fails at the deadline while it waits for ${path}, and names the request`, async () => {
      silent = { path, onRequest: () => undefined };
      const start = performance.now();

      const result = await program.run([...args, '--deadline', '1s']);

      expect(performance.now() - start).to.be.at.least(1000);
      expect(result).to.include({ code: 4, stdout: '' });
      expect(failureOf(result)).to.have.property('code', 'DEADLINE_EXCEEDED');
      expect(failureOf(result).message).to.equal(`${asked} did not finish before the deadline`);
    });
  }

  it('does not wait for a credential plugin that hangs', async () => {
    const pidFile = join(cluster.folder, 'pid');
    const script = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] };
    const kubeconfig = await cluster.kubeconfig({ user: { exec: { ...exec, interactiveMode: 'Never' } } });
    const start = performance.now();

    const result = await program.run(['generate', '--kubeconfig', kubeconfig, '--deadline', '2s']);

    expect(performance.now() - start).to.be.at.least(2000);
    expect(result).to.include({ code: 4, stdout: '' });
    expect(failureOf(result)).to.have.property('code', 'DEADLINE_EXCEEDED');
    // It ends by its own deadline alone.
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
  });

  it('fails when the reader of its output has gone', async () => {
    const { child, result } = program.start(args);
    child.stdout!.destroy();

    const { code, stderr } = await result;

    expect(code).to.equal(5);
    expect(failureOf({ stderr })).to.include({
      code: 'OUTPUT_UNWRITABLE',
      message: 'stdout cannot be written: broken pipe',
    });
  });

  it('fails when the disk is full', async function () {
    if (!realPart('/dev/full', existsSync('/dev/full'), 'Linux')) this.skip();
    const full = await open('/dev/full', 'w');

    const { code, stderr } = await program.run(args, { stdout: full.fd });
    await full.close();

    expect(code).to.equal(5);
    expect(failureOf({ stderr }).message).to.include('no space left on device');
  });

  it('fails when its output exceeds the file size limit', async () => {
    const file = join(cluster.folder, 'part.yaml');
    const limited = ['sh', '-c', 'ulimit -f 1 && exec "$@" > "$0"', file];
    const whole = outputOf(await program.run(args));

    const { code, stderr } = await program.run(args, { through: limited });

    expect(whole).to.have.length.above((await readFile(file)).length);
    expect(code).to.equal(5);
    expect(failureOf({ stderr }).message).to.include('file too large');
  });
});
