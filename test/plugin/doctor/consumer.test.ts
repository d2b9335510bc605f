import { expect } from 'chai';
import type { Check } from '../../../plugin/doctor/reasons.ts';
import type { Target } from '../../../plugin/doctor/consumer.ts';
import { checkConsumer } from '../../../plugin/doctor/consumer.ts';
import { workload } from './workload.ts';

const target: Target = {
  namespace: 'holmesgpt',
  name: 'custom-toolsets-configmap',
  keys: ['custom_toolset.yaml'],
  format: 'holmesgpt',
};

const holmes = { name: 'holmes', volumeMounts: [{ name: 'config', mountPath: '/etc/holmes/config/' }] };

describe('plugin/doctor/consumer', () => {
  const cases = [
    { title: 'the volume of the chart', volume: { configMap: { name: target.name } } },
    { title: 'a projected volume', volume: { projected: { sources: [{ configMap: { name: target.name } }] } } },
    {
      title: 'a volume that lists the key',
      volume: {
        configMap: { name: target.name, items: [{ key: 'custom_toolset.yaml', path: 'custom_toolset.yaml' }] },
      },
    },
  ];
  for (const { title, volume } of cases) {
    it(`finds the file in ${title}`, () => {
      const checks = checkConsumer(target, [
        workload({ containers: [holmes], volumes: [{ name: 'config', ...volume }] }),
      ]);

      expect(located(checks)).to.include({
        reason: 'FileRead',
        message: 'it reads custom_toolset.yaml at /etc/holmes/config/custom_toolset.yaml',
      });
    });
  }

  it('finds no file when a volume holds another ConfigMap or another key', () => {
    const volumes = [
      { name: 'config', configMap: { name: target.name, items: [{ key: 'model_list.yaml', path: 'a' }] } },
    ];

    const other = checkConsumer(target, [
      workload({ containers: [holmes], volumes: [{ name: 'config', configMap: { name: 'x' } }] }),
    ]);
    const key = checkConsumer(target, [workload({ containers: [holmes], volumes })]);

    expect([...other, ...key].map(({ reason }) => reason)).to.deep.equal(['NotMounted', 'NotMounted']);
  });

  it('accepts a StatefulSet as a consumer', () => {
    const mounted = { containers: [holmes], volumes: [{ name: 'config', configMap: { name: target.name } }] };

    const checks = checkConsumer(target, [workload(mounted, { kind: 'StatefulSet' })]);

    expect(checks.map(({ subject }) => subject)).to.include('StatefulSet holmesgpt/holmesgpt-holmes');
    expect(checks.flatMap(({ fix }) => fix).join()).to.match(/annotate statefulset holmesgpt-holmes /);
  });

  it('only checks the mount for Kubernaut, whose file path and restart are unknown', () => {
    const mounted = { containers: [holmes], volumes: [{ name: 'config', configMap: { name: target.name } }] };

    const checks = checkConsumer({ ...target, format: 'kubernaut' }, [workload(mounted)]);

    expect(checks.map(({ reason }) => reason)).to.deep.equal(['Mounted']);
  });

  for (const format of ['grafana-datasources', 'grafana-operator', 'kubernaut-operator', 'kubernaut-helm', 'kiali'])
    it(`requires no mount for ${format}, which is read in another way`, () => {
      const checks = checkConsumer({ ...target, format }, [workload({ containers: [] })]);

      expect(checks.map(({ check, reason, status }) => [check, reason, status])).to.deep.equal([
        ['consumer', 'ReadOtherwise', 'skipped'],
      ]);
    });

  it('keeps the ConfigMaps that a reloader already watches', () => {
    const mounted = { containers: [holmes], volumes: [{ name: 'config', configMap: { name: target.name } }] };
    const metadata = { annotations: { 'configmap.reloader.stakater.com/reload': 'models' } };

    const checks = checkConsumer(target, [workload(mounted, { metadata })]);

    expect(checks.at(-1)?.fix.join()).to.match(/reload=models,custom-toolsets-configmap$/);
  });

  it('quotes annotations and paths in its commands', () => {
    const mounted = {
      containers: [{ name: 'holmes', volumeMounts: [{ name: 'config', mountPath: '/x;reboot' }] }],
      volumes: [{ name: 'config', configMap: { name: target.name } }],
    };
    const metadata = { annotations: { 'configmap.reloader.stakater.com/reload': '$(reboot)' } };

    const fixes = checkConsumer(target, [workload(mounted, { metadata })]).flatMap(({ fix }) => fix);

    expect(fixes.map((fix) => fix.split(' ').at(-1))).to.deep.equal([
      "'CUSTOM_TOOLSET_LOCATION=/x;reboot/custom_toolset.yaml'",
      "'configmap.reloader.stakater.com/reload=$(reboot),custom-toolsets-configmap'",
    ]);
  });

  it('suggests helm upgrade for a workload that Helm installed', () => {
    const metadata = { annotations: { 'meta.helm.sh/release-name': 'ai' } };

    const [check] = checkConsumer(target, [workload({ containers: [] }, { metadata })]);

    expect(check?.fix).to.deep.equal([
      'helm upgrade ai robusta/holmes --namespace holmesgpt --reuse-values --values manifests/holmesgpt/values.yaml',
    ]);
  });

  it('patches a Deployment named like HolmesGPT, and lists the workloads when there is none', () => {
    const own = checkConsumer(target, [workload({ containers: [] })]);
    const other = checkConsumer(target, [workload({ containers: [] }, { metadata: { name: 'ai-holmes' } })]);
    const none = checkConsumer(target, [workload({ containers: [] }, { metadata: { name: 'web' } })]);

    expect([...own, ...other, ...none].flatMap(({ fix }) => fix)).to.deep.equal([
      'kubectl --namespace holmesgpt patch deployment holmesgpt-holmes --patch-file manifests/holmesgpt/patch.yaml',
      `kubectl --namespace holmesgpt patch deployment ai-holmes --patch "$(sed 's/^  name: .*/  name: ai-holmes/' manifests/holmesgpt/patch.yaml)"`,
      'kubectl --namespace holmesgpt get deployments,statefulsets',
    ]);
  });
});

function located(checks: readonly Check[]): Check | undefined {
  return checks.find(({ check }) => check === 'consumer');
}
