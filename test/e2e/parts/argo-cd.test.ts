import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../../cluster/parts/process.ts';
import { hasArgoCd } from './argo-cd.ts';
import { containerUser } from './container.ts';
import { sharedArgoCd } from './shared.ts';
import { patienceMs } from '../../support/until.ts';

describe('e2e/parts/argo-cd', () => {
  before(function () {
    if (!hasArgoCd()) this.skip();
  });

  it("runs the plugin as Argo CD's user, without privileges", async function () {
    // Only root may become another user.
    if (containerUser === null) this.skip();
    const argoCd = await sharedArgoCd(this);
    const { pid } = argoCd.components().findLast(({ name }) => name === 'argocd-cmp-server')!;

    const status = await readFile(`/proc/${pid}/status`, 'utf8');

    expect(status).to.match(/^Uid:\t999\t999\t999\t999$/m);
    expect(status).to.match(/^CapBnd:\t0+$/m);
    expect(status).to.match(/^NoNewPrivs:\t1$/m);
  });

  it('leaves no process and no folder behind when its process is killed', async () => {
    const script = `const { startArgoCd } = await import(${JSON.stringify(import.meta.resolve('./argo-cd.ts'))});
      const argoCd = await startArgoCd();
      const components = [...argoCd.components(), ...argoCd.cluster.components];
      const folders = [argoCd.folder, argoCd.cluster.folder];
      console.log(JSON.stringify({ folders, pids: components.map(({ pid }) => pid) }));
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { folders, pids } = JSON.parse(line.toString()) as Left;

    child.kill('SIGKILL');

    const left = (): readonly unknown[] => [...folders.filter((path) => existsSync(path)), ...pids.filter(isAlive)];
    const deadline = performance.now() + patienceMs;
    while (left().length > 0 && performance.now() < deadline) await delay(50);
    expect(pids).to.have.length(8);
    expect(left()).to.be.empty;
  });
});

interface Left {
  readonly folders: readonly string[];
  readonly pids: readonly number[];
}
