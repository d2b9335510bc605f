import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ask } from '../../support/ask.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';

describe('cluster/serve/dev: npm run dev:serve', () => {
  before(function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
  });

  it('runs serve with its page and a real API server until Ctrl-C, and leaves nothing behind', async () => {
    const script = join(import.meta.dirname, '../../dev/serve.ts');
    // In a group of its own, as at a terminal: Ctrl-C reaches every process of it.
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output = { log: '', text: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.log += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const given = (name: string, pattern = /\S+/): string =>
      new RegExp(`^${name}: +(?:.*=)?(${pattern.source})$`, 'm').exec(output.text)?.[1] ?? '';
    try {
      await until('it says where it is', () => output.text.includes('Ctrl-C') || child.exitCode !== null);
      const [url, token, kubeconfig] = [given('page'), given('token'), given('kubeconfig')];

      const page = await ask(url, { headers: {} });
      const toolsets = await ask(`${url}/api/v1/toolsets`, { token });

      expect(page.text).to.include('<!doctype html>');
      expect(toolsets.status).to.equal(200);
      expect(toolsets.text).to.include('"prometheus/metrics"');
      expect(existsSync(kubeconfig)).to.be.true;
      expect(output.log).to.include('"event":"started"');
      process.kill(-child.pid!, 'SIGINT');
      expect((await exit)[0]).to.equal(0);
      expect(existsSync(dirname(kubeconfig))).to.be.false;
    } finally {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    }
  });
});
