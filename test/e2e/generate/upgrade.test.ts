import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../../package.json' with { type: 'json' };
import { service } from '../../cluster/support/backends.ts';
import { placeProgram, programFile } from '../../support/built-program.ts';
import { openScene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

const nextVersion = '99.0.0';

describe('e2e/generate/upgrade', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('leaves the ConfigMap unchanged for the same input, so that no consumer restarts', async () => {
    const scene = await openScene(argoCd, 'upgraded');
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    await scene.create();
    await scene.untilSynced();
    const before = await scene.configMap();

    await argoCd.restartSidecar(await nextProgram());
    const { status } = await scene.refresh('hard');
    await scene.sync();

    expect(status?.conditions ?? []).to.deep.equal([]);
    expect(status?.sync?.status).to.equal('Synced');
    expect((await scene.configMap())?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
  });

  async function nextProgram(): Promise<string> {
    const file = join(await mkdtemp(join(argoCd.cluster.folder, 'next-version-')), programFile);
    await placeProgram(file);
    const bundle = join(dirname(file), 'dynamic-toolset-program.cjs');
    await writeFile(bundle, (await readFile(bundle, 'utf8')).replaceAll(packageJson.version, nextVersion));
    const { stdout } = await promisify(execFile)(process.execPath, [file, '--version']);
    expect(stdout.split('\n', 1)[0]).to.match(new RegExp(` ${nextVersion}$`));
    return file;
  }
});
