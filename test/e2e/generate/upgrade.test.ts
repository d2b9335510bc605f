import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../../package.json' with { type: 'json' };
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { programFile } from '../../support/built-program.ts';
import { openScene, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap, Scene } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

const nextVersion = '99.0.0';

/** A text in the output of this version, and that of another one. */
const [ownText, otherText] = ['alerts and silences', 'alerts and mutes'];

interface Release {
  readonly file: string;
  readonly program: Program;
}

describe('e2e/generate/upgrade', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  afterEach(async () => {
    // Unset when the suite was skipped.
    if ((argoCd as SharedArgoCd | undefined) !== undefined) await argoCd.restartSidecar((await release()).file);
  });

  it('leaves the ConfigMap unchanged for the same input, so that no consumer restarts', async () => {
    const scene = await syncedScene('upgraded', 'prometheus', 9090);
    const before = await scene.configMap();

    const next = await release([packageJson.version, nextVersion]);
    const { stdout } = await promisify(execFile)(process.execPath, [next.file, '--version']);
    await argoCd.restartSidecar(next.file);
    const { status } = await scene.refresh('hard');
    await scene.sync();

    expect(stdout.split('\n', 1)[0]).to.match(new RegExp(` ${nextVersion}$`));
    expect(status?.conditions ?? []).to.deep.equal([]);
    expect(status?.sync?.status).to.equal('Synced');
    expect((await scene.configMap())?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
  });

  it('applies what a version generates otherwise with the next hard refresh, and not before', async () => {
    const scene = await syncedScene('released', 'alertmanager', 9093);
    const before = await scene.configMap();

    await argoCd.restartSidecar((await release([ownText, otherText])).file);
    await scene.refresh('normal');
    await scene.untilSynced();
    const cached = await scene.configMap();
    await scene.refresh('hard');
    const after = await scene.untilConfigMap('of the other version', isOther);

    expect(before?.metadata.resourceVersion).to.equal(cached?.metadata.resourceVersion);
    expect(textOf(before)).to.include(ownText).and.to.not.include(otherText);
    expect(after.metadata.labels).to.deep.equal(before?.metadata.labels);
  });

  it('keeps the ConfigMap while serve is of another version, says so, and follows once the plugin is of the same', async () => {
    const scene = await syncedScene('mixed', 'alertmanager', 9093);
    const before = await scene.configMap();
    const next = await release([ownText, otherText]);

    const kubeconfig = await argoCd.cluster.kubeconfig();
    const serve = await startServe(next.program, ['--kubeconfig', kubeconfig, '--configmap-namespaces', scene.name]);
    try {
      await serve.until('refresh-had-no-effect', { application: `argocd/${scene.name}` });
      const during = await scene.configMap();
      await argoCd.restartSidecar(next.file);
      await scene.untilConfigMap('of the other version', isOther);
      await serve.until('configmap-up-to-date', { application: `argocd/${scene.name}` });

      expect(during?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
    } finally {
      await serve.stop();
    }
  });

  async function syncedScene(name: string, product: string, port: number): Promise<Scene> {
    const scene = await openScene(argoCd, name, { health: { check: 'readiness' } });
    const { backends } = scene;
    await argoCd.cluster.apply([service(backends, product, port), endpointSlice(backends, product, { ready: 1 })]);
    await scene.create();
    await scene.untilSynced();
    return scene;
  }

  /** The program with a text replaced in all its files; as it is without one. */
  async function release([from, to] = ['', '']): Promise<Release> {
    const folder = await mkdtemp(join(argoCd.cluster.folder, 'release-'));
    const program = await buildProgram(folder);
    for (const name of (await readdir(folder)).filter((one) => from !== '' && one.endsWith('.cjs'))) {
      const bundle = join(folder, name);
      await writeFile(bundle, (await readFile(bundle, 'utf8')).replaceAll(from, to));
    }
    return { file: join(folder, programFile), program };
  }
});

function textOf(configMap: LiveConfigMap | null): string {
  return JSON.stringify(toolsetsIn(configMap));
}

function isOther(configMap: LiveConfigMap | null): boolean {
  return textOf(configMap).includes(otherText);
}
