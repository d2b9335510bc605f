import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { actionAnnotation, warningAnnotations } from '../../../plugin/customizations/warnings-annotation.ts';
import { actionCodes, warningCodes } from '../../../plugin/lib/codes.ts';
import { warning } from '../../../plugin/lib/diagnostic.ts';
import { realPart } from '../../support/real-part.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';

const settings = join(import.meta.dirname, '../../../manifests/health/argocd-cm.yaml');
const ours = { 'app.kubernetes.io/managed-by': 'dynamic-toolset' };

describe('health', () => {
  const folder = temporaryFolder();
  let files = 0;

  before(function () {
    if (!realPart('argocd', missingTools(['argoCd']).length === 0, 'node test/tools/build.ts')) this.skip();
  });

  /** What the real Argo CD makes of a ConfigMap with the health check of manifests/health. */
  async function healthOf(metadata: object): Promise<string> {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', namespace: 'holmesgpt', ...metadata },
    };
    const file = await folder.write(`configmap-${String(files++)}.json`, JSON.stringify(configMap));
    const args = ['admin', 'settings', 'resource-overrides', 'health', file, '--argocd-cm-path', settings];
    return execFileSync(toolPaths().argoCd, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }

  it('is Degraded, with the reasons, when a generation has warnings that need action', async () => {
    const annotations = warningAnnotations(warningCodes.map((code) => warning(code, 'is told')));

    const told = [...actionCodes].map((code) => `${code} is told`).join('\n');
    expect(await healthOf({ labels: ours, annotations })).to.equal(`STATUS: Degraded\nMESSAGE: ${told}\n`);
  });

  it('is Healthy for all other warnings, and for foreign ConfigMaps whatever their annotations', async () => {
    const hints = warningCodes.filter((code) => !actionCodes.has(code)).map((code) => warning(code, 'is told'));
    const foreign = { [actionAnnotation]: 'SECRET_INLINE is told' };

    const answers = await Promise.all([
      healthOf({ labels: ours, annotations: warningAnnotations(hints) }),
      healthOf({}),
      healthOf({ annotations: foreign }),
      healthOf({ labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: foreign }),
    ]);
    expect(new Set(answers)).to.deep.equal(new Set(['STATUS: Healthy\nMESSAGE: \n']));
  });

  it('is customised only for ConfigMaps, without the libraries that Argo CD disables by default', () => {
    const { data } = parse(readFileSync(settings, 'utf8')) as { readonly data: Readonly<Record<string, string>> };

    expect(Object.keys(data)).to.deep.equal(['resource.customizations.health.ConfigMap']);
  });
});
