import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { grafana, prometheus, recording, service } from '../../../support/objects.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runFrom, runHere } from '../../../support/run.ts';

const header = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const two = `${header}spec:\n  targets:\n    - format: holmesgpt\n    - format: kubernaut-json\n`;
const holmesgpt = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
const kubernaut = { namespace: 'kubernaut-system', name: 'kubernaut-toolset-config' };

type Printed = KubeObject & {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Record<string, string>;
  };
  readonly data: Record<string, string>;
};

function printed({ stdout }: Outcome): Printed[] {
  return parseAllDocuments(stdout).map((one) => one.toJS() as Printed);
}

describe('spec.targets', () => {
  const folder = temporaryFolder();
  let snapshot = '';

  beforeEach(async () => {
    await folder.write('toolset.yaml', two);
    snapshot = await folder.write('cluster.json', recording(prometheus('monitoring'), grafana('monitoring')));
  });

  const runIn = (command: string, ...args: readonly string[]): Promise<Outcome> =>
    runHere([command, '--path', folder.path, '--snapshot', snapshot, ...args]);

  /** As Argo CD runs it for an Application. */
  const generateFor = (argoCdApplication: string): Promise<Outcome> =>
    runHere(['generate', '--path', folder.path, '--snapshot', snapshot], undefined, { argoCdApplication });

  it('prints for each target what it prints for that target alone, to the byte', async () => {
    const { code, stdout } = await runIn('generate');
    const alone = [];
    for (const format of ['holmesgpt', 'kubernaut-json']) {
      await folder.write('toolset.yaml', `${header}spec: {target: {format: ${format}}}\n`);
      alone.push((await runIn('generate')).stdout);
    }

    expect(code).to.equal(0);
    expect(stdout).to.equal(alone.join('---\n'));
  });

  it('writes the settings of each target into its ConfigMap, from which serve can repeat the discovery', async () => {
    const all = printed(await runIn('generate'));

    const settings = all.map(({ metadata }) => metadata.annotations['kubernaut.io/toolset-settings'] ?? '{}');
    expect(settings.map((one) => (JSON.parse(one) as { target: { format: string } }).target.format)).to.deep.equal([
      'holmesgpt',
      'kubernaut-json',
    ]);
    expect(JSON.stringify(settings)).not.to.include('targets');
  });

  it('reads the files and credentials of each target, in the form of its consumer', async () => {
    await folder.write('overrides.yaml', 'toolsets: {grafana/dashboards: null}\n');
    await folder.write('overrides.kubernaut-json.yaml', 'monitoring/prometheus: {description: ours}\n');
    await folder.write(
      'toolset.yaml',
      [
        `${header}spec:`,
        '  trust: {namespaces: [monitoring]}',
        '  credentials: {prometheus/metrics: {headers: {Authorization: "Bearer {{ env.ONE }}"}}}',
        '  targets:',
        '    - format: holmesgpt',
        '    - format: kubernaut-json',
        '      credentials: {prometheus: {token: "${TWO}"}}',
        '',
      ].join('\n'),
    );

    const validated = await runHere(['validate', folder.path]);
    const [first, second] = printed(await runIn('generate'));

    expect(validated.stdout).to.equal('1 folder checked: no problems\n');
    expect(first?.data['custom_toolset.yaml']).to.include('env.ONE').and.not.include('TWO');
    expect(first?.data['custom_toolset.yaml']).not.to.include('grafana/dashboards');
    expect(second?.data['toolset.json']).to.include('"${TWO}"').and.not.include('ONE');
    expect(second?.data['toolset.json']).to.include('"description": "ours"').and.include('"type": "grafana"');
  });

  it('reads the override files that a target names, and requires them to exist', async () => {
    const own = `${two}      overrides: {files: [ours.yaml]}\n`;
    await folder.write('toolset.yaml', own);

    const missing = reported(await runIn('generate'));
    await folder.write('ours.yaml', 'monitoring/prometheus: null\n');
    const [, second] = printed(await runIn('generate'));

    expect(missing).to.deep.include({ code: 'SETTINGS_INVALID' });
    expect(missing.message).to.include('toolset.yaml:7:27').and.include('ours.yaml is not there');
    expect(second?.data['toolset.json']).not.to.include('prometheus');
  });

  const mistakes: readonly (readonly [about: string, spec: string, place: string, message: string])[] = [
    [
      'two targets with one ConfigMap',
      'targets:\n    - {format: kubernaut}\n    - {format: kubernaut-json}\n',
      'toolset.yaml:5:7',
      'names the same ConfigMap kubernaut-system/kubernaut-toolset-config as spec.targets.0 in line 5',
    ],
    [
      'target beside targets',
      'target: {format: kubernaut}\n  targets: [{format: holmesgpt}]\n',
      '4:3',
      'cannot be combined with spec.targets',
    ],
    ['no target', 'targets: []\n', '4:12', 'expected at least 1'],
    ['an unknown key', 'targets: [{format: holmesgpt, formt: x}]\n', '4:33', 'did you mean "format"?'],
  ];
  for (const [about, spec, place, message] of mistakes) {
    it(`reports the place of a mistake: ${about}`, async () => {
      await folder.write('toolset.yaml', `${header}spec:\n  ${spec}`);

      const { message: told, code } = reported(await runIn('generate'));
      const validated = await runHere(['validate', folder.path]);

      expect(code).to.equal('SETTINGS_INVALID');
      expect(told).to.include(message);
      expect(validated.stdout).to.include(message).and.include(place.replace('5:7', '6:7'));
    });
  }

  it('does not let an Application set parameters of one target', async () => {
    const parameters = JSON.stringify([{ name: 'target.version', string: '0.30' }]);
    const outcome = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot], undefined, {
      application: { parameters },
    });

    expect(reported(outcome)).to.deep.include({
      code: 'PARAMETERS_INVALID',
      message: 'parameter target.version "0.30" is for one target, but spec.targets has several',
    });
  });

  it('explains, compares and reviews every target, or the one that --target names', async () => {
    const table = await runIn('explain');
    const all = JSON.parse((await runIn('explain', '-o', 'json')).stdout) as { targets: { target: unknown }[] };
    const one = JSON.parse((await runIn('explain', '-o', 'json', '--target', 'kubernaut-json')).stdout) as object;
    const csv = await runIn('explain', '-o', 'csv');
    const compared = JSON.parse((await runIn('diff', '-o', 'json')).stdout) as { targets: { configMap: string }[] };
    const reviewed = await runFrom(folder.path, ['review', '--snapshot', snapshot, '--against', '../none']);

    expect(table.stdout).to.match(/^Target holmesgpt \(holmesgpt\/custom-toolsets-configmap\)\n/);
    expect(table.stdout).to.include('\nTarget kubernaut-json (kubernaut-system/kubernaut-toolset-config)\n');
    expect(all.targets.map(({ target }) => target)).to.deep.equal([
      { format: 'holmesgpt', configMap: 'holmesgpt/custom-toolsets-configmap' },
      { format: 'kubernaut-json', configMap: 'kubernaut-system/kubernaut-toolset-config' },
    ]);
    expect(one).to.have.keys('services', 'toolsets', 'onByDefault', 'cost', 'warnings', 'notes');
    expect(reported(csv).hint).to.include('--target');
    expect(compared.targets.map(({ configMap }) => configMap)).to.deep.equal([
      'holmesgpt/custom-toolsets-configmap',
      'kubernaut-system/kubernaut-toolset-config',
    ]);
    expect(reviewed.stdout).to.include('1 folder: 2 changed').and.include('kubernaut-toolset-config`**');
  });

  it('adopts an edit of the target that --target names into its own file', async () => {
    const [, second] = printed(await runIn('generate'));
    if (!second) throw new Error('there is one target');
    const data = { 'toolset.json': (second.data['toolset.json'] ?? '').replace('Grafana of', 'Our Grafana of') };
    snapshot = await folder.write(
      'edited.json',
      recording(prometheus('monitoring'), grafana('monitoring'), { ...second, data }),
    );

    const unnamed = await runIn('adopt');
    const adopted = await runIn('adopt', '--target', 'kubernaut-system/kubernaut-toolset-config', '--write');

    expect(reported(unnamed)).to.deep.include({
      message:
        'one target is needed, but toolset.yaml has several: holmesgpt (holmesgpt/custom-toolsets-configmap), kubernaut-json (kubernaut-system/kubernaut-toolset-config)',
    });
    expect(adopted.stdout).to.equal('overrides.kubernaut-json.yaml written; see git diff\n');
    expect((await runIn('diff', '--target', 'kubernaut-json')).code).to.equal(0);
  });

  const owned = (name: typeof kubernaut, tracked: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...name, annotations: { 'argocd.argoproj.io/tracking-id': tracked } },
    data: {},
  });

  it('leaves out a ConfigMap that another Application owns, with a warning', async () => {
    const theirs = owned(kubernaut, 'other:/ConfigMap:kubernaut-system/kubernaut-toolset-config');
    snapshot = await folder.write('owned.json', recording(prometheus('monitoring'), theirs));

    const outcome = await generateFor('ours');

    expect(printed(outcome).map(({ metadata }) => metadata.name)).to.deep.equal([holmesgpt.name]);
    expect(JSON.parse(outcome.stderr)).to.deep.include({
      level: 'warning',
      code: 'TARGET_LEFT_OUT',
      message:
        'the ConfigMap kubernaut-system/kubernaut-toolset-config belongs to the Application "other", and is left alone; give spec.target.configMap another name, or remove it from the Application "other" first; if that Application is gone, remove the annotation argocd.argoproj.io/tracking-id from the ConfigMap',
    });
    expect(outcome.stdout).to.include('TARGET_LEFT_OUT');
  });

  it('prints nothing when another Application owns the only target', async () => {
    const theirs = owned(kubernaut, 'other:/ConfigMap:kubernaut-system/kubernaut-toolset-config');
    await folder.write('toolset.yaml', `${header}spec: {target: {format: kubernaut}}\n`);
    snapshot = await folder.write('owned.json', recording(prometheus('monitoring'), theirs));

    const outcome = await generateFor('ours');

    expect(outcome).to.deep.include({ code: 5, stdout: '' });
    expect(reported(outcome).code).to.equal('TARGET_OWNED');
  });

  const own: readonly (readonly [about: string, tracked: string])[] = [
    ['its own', 'ours:/ConfigMap:kubernaut-system/kubernaut-toolset-config'],
    ['copied from another object', 'other:/ConfigMap:elsewhere/kubernaut-toolset-config'],
  ];
  for (const [about, tracked] of own) {
    it(`prints a ConfigMap whose tracking id is ${about}`, async () => {
      snapshot = await folder.write('owned.json', recording(prometheus('monitoring'), owned(kubernaut, tracked)));

      expect(printed(await generateFor('ours'))).to.have.lengthOf(2);
    });
  }

  it('accepts twenty targets and no more', async () => {
    const targets = (count: number): string =>
      Array.from({ length: count }, (_, index) => `{format: kubernaut, configMap: {name: c${String(index)}}}`).join(
        ', ',
      );
    await folder.write('toolset.yaml', `${header}spec: {targets: [${targets(20)}]}\n`);
    const all = printed(await runIn('generate'));
    await folder.write('toolset.yaml', `${header}spec: {targets: [${targets(21)}]}\n`);

    expect(all).to.have.lengthOf(20);
    expect(reported(await runIn('generate')).message).to.include('expected at most 20');
  });

  it('records the ConfigMaps of all targets in a snapshot', async () => {
    const all = printed(await runIn('generate'));
    snapshot = await folder.write('all.json', recording(prometheus('monitoring'), service({ name: 'x' }), ...all));

    const { stdout } = await runIn('snapshot');

    const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: { name: string } }[] };
    const recorded = items.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(recorded).to.have.members([holmesgpt.name, kubernaut.name]);
  });
});
