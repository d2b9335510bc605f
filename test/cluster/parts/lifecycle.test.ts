import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools, startCluster } from './cluster.ts';
import { isAlive } from './process.ts';
import { patienceMs } from '../../support/until.ts';

describe('cluster/parts/lifecycle', () => {
  before(function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
  });

  it('leaves nothing behind when its process is killed', async () => {
    const script = `const { startCluster } = await import(${JSON.stringify(import.meta.resolve('./cluster.ts'))});
      const { folder, components } = await startCluster();
      console.log(JSON.stringify({ folder, pids: components.map(({ pid }) => pid) }));
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { folder, pids } = JSON.parse(line.toString()) as {
      readonly folder: string;
      readonly pids: readonly number[];
    };

    child.kill('SIGKILL');

    const deadline = performance.now() + patienceMs;
    while ((existsSync(folder) || pids.some(isAlive)) && performance.now() < deadline) await delay(50);
    expect(existsSync(folder)).to.be.false;
    expect(pids.filter(isAlive)).to.be.empty;
  });

  it('shows the log of a server that does not start', async () => {
    const error = await startCluster({ apiServerFlags: ['--no-such-flag'] }).then(
      (unexpected) => unexpected.stop(),
      (reason: unknown) => reason,
    );

    expect(error).to.be.instanceOf(Error).with.property('message').that.includes('unknown flag: --no-such-flag');
  });
});
