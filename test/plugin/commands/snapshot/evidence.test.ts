import { expect } from 'chai';
import type { Explanation } from '../../../../plugin/commands/explain/explanation.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { recording } from '../../../support/objects.ts';
import { runHere } from '../../../support/run.ts';
import { backend, prometheusResource, remembering, run } from '../../discovery/evidence/fixture.ts';

const secret = 'hunter2';
const image = `registry.${secret}.example/prometheus:${secret}@sha256:${secret}`;

/** A Pod with a secret in every field but those that are read. */
function secretive(namespace: string, name: string, args: readonly string[]): KubeObject {
  const source = { secretKeyRef: { name: secret, key: secret } };
  const container = {
    name: secret,
    image,
    command: [`/bin/${secret}`, '-c', secret],
    args: [`--other=${secret}`, '--password', secret, ...args, `--${secret}`, secret],
    env: [{ name: secret, value: secret, valueFrom: source }],
    envFrom: [{ prefix: secret, secretRef: { name: secret } }],
    workingDir: `/${secret}`,
    volumeMounts: [{ name: secret, mountPath: `/${secret}` }],
    ports: [{ name: secret, containerPort: 9090, hostIP: secret }],
    readinessProbe: {
      httpGet: {
        path: '/prometheus/-/ready',
        port: 9090,
        host: secret,
        httpHeaders: [{ name: secret, value: secret }],
      },
      exec: { command: [secret] },
    },
    livenessProbe: { httpGet: { path: `/${secret}`, port: secret } },
    lifecycle: { postStart: { exec: { command: [secret] } } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      labels: { app: name.replace(/-0$/, ''), [secret]: secret },
      annotations: { [secret]: secret },
    },
    spec: {
      containers: [container],
      initContainers: [{ ...container, image: secret }],
      volumes: [{ name: secret, secret: { secretName: secret } }],
      serviceAccountName: secret,
      nodeName: secret,
      imagePullSecrets: [{ name: secret }],
      hostAliases: [{ ip: secret, hostnames: [secret] }],
    },
    status: { podIP: secret, message: secret },
  };
}

/** A Prometheus with a secret in every field but those that are read. */
const resource = {
  ...prometheusResource('monitoring', 'prometheus', {
    routePrefix: '/prometheus',
    externalUrl: `https://${secret}:${secret}@${secret}.example/x?token=${secret}#${secret}`,
    web: {
      tlsConfig: { keySecret: { name: secret, key: secret }, cert: { secret: { name: secret } } },
      pageTitle: secret,
    },
    listenLocal: secret,
    additionalArgs: [{ name: secret, value: secret }],
    containers: [{ name: secret, env: [{ name: secret, value: secret }] }],
    secrets: [secret],
    remoteWrite: [{ url: `https://${secret}`, basicAuth: { password: secret } }],
    externalLabels: { [secret]: secret },
  }),
  status: { conditions: [{ message: secret }] },
};

const labels = { 'app.kubernetes.io/name': 'prometheus' };
const url = `https://u:${secret}@${secret}.example/from-url?${secret}`;
const cluster: readonly KubeObject[] = [
  ...backend({ spec: {}, pod: null }).filter(({ kind }) => kind !== 'Prometheus'),
  resource,
  ...backend({ namespace: 'flag', labels, pod: null }),
  secretive('flag', 'prometheus-0', ['--web.route-prefix=/from-flag']),
  ...backend({ namespace: 'url', labels, pod: null }),
  secretive('url', 'prometheus-0', ['--web.external-url', url]),
  ...backend({ namespace: 'probe', labels, pod: null }),
  secretive('probe', 'prometheus-0', []),
  ...backend({ namespace: 'suspect', name: 'metrics', pod: null }),
  secretive('suspect', 'metrics-0', []),
  // Not its own, and not there.
  ...backend({ namespace: 'other', name: 'metrics', pod: { labels: { app: 'other' }, image: 'prometheus' } }),
  ...backend({ namespace: 'gone', name: 'metrics', pod: null }),
];

describe('plugin/commands/snapshot/evidence', () => {
  const folder = temporaryFolder();

  async function output(command: string, objects: readonly KubeObject[] | string): Promise<string> {
    const text = typeof objects === 'string' ? objects : recording(...objects);
    const file = await folder.write('cluster.json', text);
    const args = command.split(' ');
    const { code, stdout, stderr } = await runHere([...args, '--path', folder.path, '--snapshot', file]);
    expect(code, stderr).to.equal(0);
    return stdout + stderr;
  }

  async function explained(objects: readonly KubeObject[] | string): Promise<Explanation> {
    return JSON.parse(await output('explain -o json', objects)) as Explanation;
  }

  it('takes URLs from custom resources and Pods, and prints nothing else of them', async () => {
    const { services } = await explained(cluster);

    expect(
      Object.fromEntries(services.map(({ namespace, path, decision }) => [namespace, path ?? decision])),
    ).to.deep.equal({
      monitoring: '/prometheus',
      flag: '/from-flag',
      url: '/from-url',
      probe: '/prometheus',
      suspect: '/prometheus',
      other: 'rejected',
      gone: 'rejected',
    });
    for (const command of ['generate', 'explain', 'explain -o json', 'snapshot'])
      expect(await output(command, cluster), command).not.to.include(secret);
  });

  it('keeps nothing else of them in memory', async () => {
    const { decisions, sources, admitted, warnings } = await run(cluster);

    expect(admitted).to.have.length(5);
    expect(JSON.stringify([decisions, sources, admitted, warnings])).not.to.include(secret);
  });

  it('leads to the same decisions as the cluster itself, and to the same snapshot', async () => {
    const first = await output('snapshot', cluster);
    const second = await output('snapshot', first);

    expect(second).to.equal(first);
    expect(await explained(first)).to.deep.equal(await explained(cluster));
    expect(await output('generate', first)).to.equal(await output('generate', cluster));
  });

  it('leads to the same decisions whether endpoints changed before or after the ConfigMap was written', async () => {
    const old = backend({ spec: { routePrefix: '/old' } });
    const memory = remembering(await run(old), '2026-03-01T10:01:00Z');
    for (const changedAt of ['2026-03-01T10:00:00Z', '2026-03-01T10:02:00Z']) {
      const objects = [...backend({ spec: { routePrefix: '/new' }, changedAt }), memory];

      expect(await explained(await output('snapshot', objects)), changedAt).to.deep.equal(await explained(objects));
    }
  });

  it('records the arguments that any detector reads, whichever detector asks for the Pod', async () => {
    const args = ['query', '--web.route-prefix=/thanos', '-http.pathPrefix=/vm', '--web.external-url=https://h/prom'];
    const own = [
      ...backend({ name: 'prometheus', labels, pod: { image: 'prometheus', args } }),
      ...backend({
        name: 'thanos',
        labels: { 'app.kubernetes.io/name': 'thanos-query' },
        pod: { image: 'thanos', args },
      }),
    ];
    const items = JSON.parse(await output('snapshot', own)) as { items: KubeObject[] };

    const pods = items.items
      .filter(({ kind }) => kind === 'Pod')
      .map(({ spec }) => spec as { containers: { args: string[] }[] });
    expect(pods).to.have.length(2);
    for (const { containers } of pods)
      expect(containers[0]!.args).to.deep.equal([
        'query',
        '--web.route-prefix=/thanos',
        '--http.pathPrefix=/vm',
        '--web.external-url=/prom',
      ]);
  });

  it('records the evidence of every namespace beside 5,000 suspects in one', async () => {
    const flood = Array.from({ length: 5_000 }, (_, index) =>
      backend({ namespace: 'aaa', name: `s${String(index)}`, pod: { image: 'other' } }),
    ).flat();

    const text = await output('snapshot', [...flood, ...cluster]);

    const pods = (JSON.parse(text) as { items: KubeObject[] }).items.filter(({ kind }) => kind === 'Pod');
    const count = (namespace: string): number => pods.filter(({ metadata }) => metadata.namespace === namespace).length;
    expect(count('aaa')).to.be.within(1, 50);
    for (const namespace of ['flag', 'url', 'probe', 'suspect']) expect(count(namespace), namespace).to.equal(1);
  });
});
