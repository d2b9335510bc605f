import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { detectors } from '../../detectors/index.ts';
import { snapshot } from '../../plugin/cluster/snapshot.ts';
import { buildResult } from '../../plugin/commands/pipeline/build-result.ts';
import { consumerOf, credentialPolicyOf } from '../../plugin/consumers/index.ts';
import { renderConfigMap } from '../../plugin/customizations/config-map.ts';
import type { Discovery } from '../../plugin/discovery/discover.ts';
import { discover } from '../../plugin/discovery/discover.ts';
import { reasons } from '../../plugin/discovery/reasons.ts';
import { keyOf } from '../../plugin/lib/object-key.ts';
import { ToolsetConfig } from '../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { fuzz } from './fuzz.ts';
import { hostileText, mutatedData } from './mutations.ts';
import { objectSeeds } from './seeds.ts';

const head = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
const trust = { namespaces: ['monitoring'] };
const credentials = { 'grafana/dashboards': { api_key: '{{ env.GRAFANA_API_KEY }}' } };
const tool = {
  id: 'tool',
  match: [{ names: ['*'] }],
  health: { path: '/up' },
  toolset: { name: 'tool', template: { description: 'ours', config: { url: '${url}' } } },
};
const specs: readonly object[] = [
  { trust, credentials, health: { check: 'readiness' } },
  { health: { check: 'readiness' } },
  { trust, discovery: { instances: 'best' }, health: { check: 'none' } },
  { trust, customDetectors: [tool], health: { check: 'none' } },
  { target: { format: 'kubernaut' }, health: { check: 'readiness' } },
  { target: { format: 'kubernaut-json' }, trust, credentials, health: { check: 'none' } },
  { target: { version: '0.16' }, discovery: { namespaces: { selector: { matchLabels: { a: 'b' } } } } },
];

interface Input {
  readonly spec: number;
  readonly objects: readonly unknown[];
}

/** As an API server takes them; what a recording may hold besides is in the mutated objects. */
const dnsName = fc.constantFrom('a', 'team-b', 'constructor', 'tostring', 'n'.repeat(63), 'monitoring-2', 'prometheus');
const product = fc.constantFrom(...detectors.map(({ id }) => id));
const annotation = fc
  .constantFrom('', '-type', '-name', '-endpoint', '-health-path')
  .map((end) => `kubernaut.io/toolset${end}`);
const label = fc.constantFrom(
  'app.kubernetes.io/name',
  'app',
  'k8s-app',
  'app.kubernetes.io/component',
  'helm.sh/chart',
);
const portName = fc.oneof(fc.constantFrom('web', 'http', 'constructor', '__proto__', 'tostring', 'https'), hostileText);
const port = fc.record(
  {
    name: portName,
    port: fc.constantFrom<unknown>(9090, 80, 3000, 443, 9200, 0, -1, 1e9, '80', null),
    targetPort: fc.oneof(portName, fc.constantFrom(9090, 80)),
    protocol: fc.constantFrom('TCP', 'UDP', 'SCTP', ''),
    appProtocol: fc.constantFrom('http', 'https', 'grpc', 'constructor'),
  },
  { requiredKeys: ['port'] },
);
const aService = fc
  .record({
    namespace: dnsName,
    name: fc.oneof(dnsName, product),
    labels: fc.dictionary(label, fc.oneof({ weight: 3, arbitrary: product }, hostileText), { maxKeys: 3 }),
    annotations: fc.dictionary(
      fc.oneof(annotation, hostileText),
      fc.oneof(
        fc.constantFrom('true', 'enabled', 'custom'),
        product,
        hostileText,
        hostileText.map((text) => `/${text}`),
        hostileText.map((text) => `http://a.b/${text}`),
      ),
      { maxKeys: 5 },
    ),
    ports: fc.array(port, { maxLength: 3 }),
    type: fc.constantFrom('ClusterIP', 'ExternalName', 'LoadBalancer'),
    clusterIP: fc.constantFrom('10.0.0.1', 'None', ''),
    selector: fc.dictionary(hostileText, hostileText, { maxKeys: 2 }),
  })
  .map(({ namespace, name, labels, annotations, ...spec }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels, annotations },
    spec,
  }));
const aSlice = fc
  .record({
    namespace: dnsName,
    service: fc.oneof(dnsName, product),
    ready: fc.constantFrom<unknown>(true, false, null, 'no'),
    at: fc.oneof(fc.constantFrom('2999-01-01T00:00:00Z', '1970-01-01T00:00:00Z', 'never'), hostileText),
    ports: fc.array(fc.record({ name: portName, port: fc.constantFrom<unknown>(9090, -1, 'x', null) }), {
      maxLength: 3,
    }),
  })
  .map(({ namespace, service, ready, at, ports }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${service}-x`,
      labels: { 'kubernetes.io/service-name': service },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': at },
    },
    endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready } }],
    ports,
  }));
const aNamespace = fc
  .record({ name: dnsName, labels: fc.dictionary(hostileText, hostileText, { maxKeys: 2 }) })
  .map((metadata) => ({ apiVersion: 'v1', kind: 'Namespace', metadata }));

describe('fuzz/services', () => {
  fuzz<Input>({
    name: 'services',
    law: 'decides every Service with a reason, in any order, and lets none of its text into the file',
    inputs: fc.record({
      spec: fc.nat(specs.length - 1),
      objects: fc.array(
        fc.oneof(
          { weight: 4, arbitrary: aService },
          { weight: 2, arbitrary: aSlice },
          { weight: 1, arbitrary: aNamespace },
          { weight: 3, arbitrary: fc.constantFrom(...objectSeeds) },
          { weight: 3, arbitrary: mutatedData(objectSeeds) },
        ),
        { maxLength: 8 },
      ),
    }),
    check: async ({ spec: index, objects: listed }) => {
      const objects = withoutRepeats(listed);
      const { spec } = ToolsetConfig.parse({ ...head, spec: specs[index] });
      const found = await discovered(spec, objects);

      for (const { reason, message, rule } of found.decisions) {
        expect(reason in reasons, reason).to.equal(true);
        expect(message.length + rule.length).to.be.at.most(maxMessage);
      }
      const again = await discovered(spec, objects.toReversed());
      expect(outlineOf(again)).to.equal(outlineOf(found));
      assertFile(spec, found, specs[index]!);
    },
  });
});

function kindOf(object: unknown): string {
  const { kind } = (object ?? {}) as { readonly kind?: unknown };
  return typeof kind === 'string' ? kind : '';
}

/** An API server has one object of a name. */
function withoutRepeats(objects: readonly unknown[]): readonly unknown[] {
  const byName = new Map(
    objects.map((object) => {
      const { metadata } = (object ?? {}) as { readonly metadata?: Readonly<Record<string, unknown>> | null };
      const { namespace, name } = metadata ?? {};
      const key = [kindOf(object), typeof namespace === 'string' && namespace !== '' ? namespace : 'default', name];
      return [JSON.stringify(key), object] as const;
    }),
  );
  return [...byName.values()];
}

/** What `explain` shows of one Service. */
const maxMessage = 2_000;

type Spec = ToolsetConfig['spec'];

function discovered(spec: Spec, objects: readonly unknown[]): Promise<Discovery> {
  const consumer = consumerOf(spec.target);
  const access = credentialPolicyOf(spec, null);
  return discover({
    spec,
    detectors,
    cluster: snapshot(Map.groupBy(objects, kindOf)),
    prober: null,
    consumer,
    policy: null,
    isTrusted: access.isTrusted,
  });
}

function outlineOf({ decisions, admitted }: Discovery): string {
  const outline = [
    decisions.map(({ service, decision, reason }) => `${keyOf(service)} ${decision} ${reason}`).sort(),
    admitted.map(({ service, instance, endpoint }) => [keyOf(service), instance, endpoint]),
  ];
  return JSON.stringify(outline, null, 1);
}

/** Names that no API server takes are refused; all others are printed, without any text of the cluster's that is more. */
function assertFile(spec: Spec, discovery: Discovery, written: object): void {
  const consumer = consumerOf(spec.target);
  const access = credentialPolicyOf(spec, null);
  const inputs = {
    settings: { file: null, spec, written: { ...written } },
    consumer,
    customizations: { overrides: [], patches: [], patching: null },
  };
  const result = buildResult(inputs, discovery, access);
  const isReal = discovery.admitted.every(({ service }) => /^[a-z0-9-]+\/[a-z0-9-.]+$/.test(keyOf(service)));
  if (!isReal) return;
  const { data, metadata } = parse(renderConfigMap(result)) as KubeObject & {
    readonly data: Readonly<Record<string, string>>;
  };
  // The settings are Git's own words.
  const texts = [...Object.values(data), metadata.annotations?.['kubernaut.io/toolset-sources']].join('\n');
  for (const canary of canaries) expect(texts).not.to.include(canary);
  const hosts = Object.values(result.final.toolsets).flatMap(hostsWithCredential);
  expect(hosts.filter((host) => !host.endsWith('.monitoring.svc.cluster.local'))).to.deep.equal([]);
}

/** Hosts that stand in one map with a reference to a credential. */
function hostsWithCredential(data: unknown): readonly string[] {
  if (typeof data !== 'object' || data === null) return [];
  const values = Object.values(data) as readonly unknown[];
  const texts = values.filter((value) => typeof value === 'string');
  const hosts = texts.flatMap((text) => URL.parse(text)?.hostname ?? []);
  return [...(texts.some((text) => text.includes('{{ env.')) ? hosts : []), ...values.flatMap(hostsWithCredential)];
}

/** Texts that only a Service of the test can have brought. */
const canaries = ['Ignore all previous', 'native code', '{%', '${', '$(id)', '<script', '\u001B', '\u202E', '169.254'];
