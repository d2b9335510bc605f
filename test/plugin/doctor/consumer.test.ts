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

  const volumes = [{ name: 'config', configMap: { name: target.name } }];
  const at = (mount: object, ...env: readonly object[]): object => ({
    containers: [{ name: 'sidecar' }, { name: 'holmes', env, volumeMounts: [{ name: 'config', ...mount }] }],
    volumes: [{ name: 'other', configMap: { name: 'x' } }, ...volumes],
  });
  const location = { name: 'CUSTOM_TOOLSET_LOCATION', value: '/b/custom_toolset.yaml' };
  const places: readonly (readonly [string, object, object])[] = [
    [
      'a mount at the place that its variable names',
      at({ mountPath: '/b' }, { name: 'A', value: '/etc' }, location),
      { reason: 'FileRead', message: 'it reads custom_toolset.yaml at /b/custom_toolset.yaml', fix: [] },
    ],
    [
      'a key under another name',
      {
        ...at({ mountPath: '/b' }, { ...location, value: '/b/t.yaml' }),
        volumes: [
          { name: 'config', configMap: { name: target.name, items: [{ key: 'custom_toolset.yaml', path: 't.yaml' }] } },
        ],
      },
      { reason: 'FileRead', message: 'it reads custom_toolset.yaml at /b/t.yaml' },
    ],
    [
      'a mount at another place than the usual one',
      at({ mountPath: '/b' }),
      {
        reason: 'MountedElsewhere',
        message:
          'the container holmes reads /etc/holmes/config/custom_toolset.yaml, but the ConfigMap is mounted at /b/custom_toolset.yaml',
        fix: [
          'kubectl --namespace holmesgpt set env deployment/holmesgpt-holmes --containers=holmes CUSTOM_TOOLSET_LOCATION=/b/custom_toolset.yaml',
        ],
      },
    ],
    [
      'a mount by subPath, which never changes',
      at({ mountPath: '/etc/holmes/config/custom_toolset.yaml', subPath: 'custom_toolset.yaml' }),
      {
        reason: 'MountedBySubPath',
        message: '/etc/holmes/config/custom_toolset.yaml is mounted by subPath: it never changes while the Pod runs',
        fix: [
          'kubectl --namespace holmesgpt patch deployment holmesgpt-holmes --patch-file manifests/holmesgpt/patch.yaml',
        ],
      },
    ],
    [
      'a mount by subPath of another file',
      at({ mountPath: '/etc/holmes/config/custom_toolset.yaml', subPath: 'models.yaml' }),
      {
        reason: 'NotMounted',
        subject: 'ConfigMap holmesgpt/custom-toolsets-configmap',
        message: 'no Deployment or StatefulSet in namespace holmesgpt mounts a key of it',
      },
    ],
    ['a mount of a volume that is not there', { ...at({ mountPath: '/b' }), volumes: [] }, { reason: 'NotMounted' }],
  ];
  for (const [title, pod, check] of places) {
    it(`reports ${title}`, () => {
      expect(checkConsumer(target, [workload(pod)])[0]).to.deep.include(check);
    });
  }

  it('reports a mount elsewhere once, and not beside one that is read', () => {
    const elsewhere = { name: 'a', volumeMounts: [{ name: 'config', mountPath: '/a' }] };
    const reasonsOf = (...containers: object[]): readonly string[] =>
      checkConsumer(target, [workload({ containers, volumes })]).map(({ reason }) => reason);

    expect(reasonsOf(elsewhere, { ...elsewhere, name: 'b' })).to.deep.equal(['MountedElsewhere', 'ReloaderMissing']);
    expect(reasonsOf(elsewhere, holmes)).to.deep.equal(['FileRead', 'ReloaderMissing']);
  });

  it('checks each workload that mounts the file', () => {
    const pod = { containers: [holmes], volumes };
    const checks = checkConsumer(target, [workload(pod), workload(pod, { metadata: { name: 'second' } })]);

    expect(checks.map(({ subject, reason }) => [subject, reason])).to.deep.equal([
      ['Deployment holmesgpt/holmesgpt-holmes', 'FileRead'],
      ['Deployment holmesgpt/holmesgpt-holmes', 'ReloaderMissing'],
      ['Deployment holmesgpt/second', 'FileRead'],
      ['Deployment holmesgpt/second', 'ReloaderMissing'],
    ]);
  });

  const annotated: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ 'reloader.stakater.com/auto': 'true' }, 'ReloaderPresent'],
    [{ 'configmap.reloader.stakater.com/auto': 'true' }, 'ReloaderPresent'],
    [{ 'wave.pusher.com/update-on-config-change': 'true' }, 'ReloaderPresent'],
    [{ 'configmap.reloader.stakater.com/reload': 'a, custom-toolsets-configmap' }, 'ReloaderPresent'],
    [{ 'reloader.stakater.com/auto': 'false' }, 'ReloaderMissing'],
    [{ 'configmap.reloader.stakater.com/reload': 'custom-toolsets-configmap-2' }, 'ReloaderMissing'],
  ];
  for (const [annotations, reason] of annotated) {
    it(`reports ${reason} for ${JSON.stringify(annotations)}, of the workload or its Pods`, () => {
      const own = workload({ containers: [holmes], volumes }, { metadata: { annotations } });
      const plain = workload({ containers: [holmes], volumes });
      const { template } = plain.spec;
      const ofPods = { ...plain, spec: { ...plain.spec, template: { ...template, metadata: { annotations } } } };

      for (const one of [own, ofPods]) expect(checkConsumer(target, [one])[1]?.reason).to.equal(reason);
    });
  }

  it('patches a workload with the label of HolmesGPT, whatever its name', () => {
    const [check] = checkConsumer(target, [
      workload({ containers: [] }, { metadata: { name: 'web' } }),
      workload({ containers: [] }, { metadata: { name: 'ai', labels: { app: 'holmes' } } }),
    ]);

    expect(check?.fix.join()).to.include('patch deployment ai ');
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

    expect(checks.map(({ reason, message }) => [reason, message])).to.deep.equal([
      ['Mounted', 'it mounts holmesgpt/custom-toolsets-configmap'],
    ]);
  });

  for (const format of ['grafana-datasources', 'grafana-operator', 'kubernaut-operator', 'kubernaut-helm', 'kiali'])
    it(`requires no mount for ${format}, which is read in another way`, () => {
      const checks = checkConsumer({ ...target, format }, [workload({ containers: [] })]);

      expect(checks.map(({ check, reason, status, subject }) => [check, reason, status, subject])).to.deep.equal([
        ['consumer', 'ReadOtherwise', 'skipped', 'ConfigMap holmesgpt/custom-toolsets-configmap'],
      ]);
      expect(checks[0]?.message).to.match(/^no workload has to mount it: .+ /);
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
