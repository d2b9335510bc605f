import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CredentialPolicy } from '../../../../plugin/consumers/consumer.ts';
import { kubernautHelm } from '../../../../plugin/consumers/kubernaut/helm.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { prometheus, service } from '../../../support/objects.ts';
import { printedValues } from '../printed-values.ts';

const alertmanager = service({
  name: 'alertmanager',
  labels: { 'app.kubernetes.io/name': 'alertmanager' },
  ports: [{ name: 'web', port: 9093 }],
});
const secure = service({
  name: 'prometheus',
  labels: { 'app.kubernetes.io/name': 'prometheus' },
  ports: [{ name: 'https', port: 9091 }],
});
const svc = 'monitoring.svc.cluster.local';

const valuesOf = (
  items: Parameters<typeof printedValues>[2],
  given?: Partial<CredentialPolicy>,
  spec?: object,
): ReturnType<typeof printedValues> => printedValues(kubernautHelm, 'kubernaut-helm', items, given, spec);

/** What of the values the chart's schema refuses: keys that it does not know, and values of another type. */
function refusedBy(schema: DataMap, value: unknown, path = ''): string[] {
  const { type, properties = {} } = schema as { type?: string; properties?: Record<string, DataMap> };
  if (type !== 'object') return typeof value === type ? [] : [`${path}: ${typeof value}, and not ${String(type)}`];
  return Object.entries(value as DataMap).flatMap(([name, one]) => {
    const own = properties[name];
    return own ? refusedBy(own, one, `${path}/${name}`) : [`${path}/${name} is unknown`];
  });
}

describe('plugin/consumers/kubernaut/helm', () => {
  it("prints values that the chart's own schema accepts", async () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'monitoring.schema.json'), 'utf8')) as DataMap;
    const credentials = { prometheus: { tlsCaFile: '/etc/ssl/ca.crt' } };

    const { values } = await valuesOf([secure, alertmanager], { credentials });

    expect(values).to.deep.equal({
      monitoring: {
        alertManager: { enabled: true, url: `http://alertmanager.${svc}:9093` },
        prometheus: { enabled: true, tlsCaFile: '/etc/ssl/ca.crt', url: `https://prometheus.${svc}:9091` },
      },
    });
    expect(refusedBy(schema, (values as DataMap).monitoring)).to.deep.equal([]);
    expect(refusedBy(schema, { prometheus: { adress: 'x', enabled: 'yes' } })).to.have.lengthOf(2);
  });

  it('chooses the best of several backends, and prints nothing when there is none', async () => {
    const several = await valuesOf([prometheus('monitoring', 'a'), prometheus('monitoring', 'b')]);

    expect(several.values).to.deep.equal({
      monitoring: { prometheus: { enabled: true, url: `http://a.${svc}:9090` } },
    });
    expect((await valuesOf([])).values).to.deep.equal({ monitoring: {} });
  });

  it('prints what Git disables, as values of an earlier release may have enabled it', () => {
    const toolsets = { alertManager: { enabled: false }, prometheus: { enabled: true, url: 'http://p:9090' } };

    const data = kubernautHelm.data({ toolsets, mcp_servers: {} }, 'values.yaml', null);

    expect(parse(data['values.yaml'] ?? '')).to.deep.equal({ monitoring: toolsets });
  });

  it('leaves out an https backend whose CA is unknown', async () => {
    expect(await valuesOf([secure])).to.deep.equal({ values: { monitoring: {} }, unusable: ['CERTIFICATE_UNTRUSTED'] });
    expect((await valuesOf([secure], { certificates: 'unverified' })).unusable).to.have.lengthOf(1);
    expect((await valuesOf([secure], { certificates: 'private' })).unusable).to.deep.equal([]);
  });

  it('leaves out a store that requires a tenant, as Kubernaut sends no tenant header', async () => {
    const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' };
    const mimir = service({ name: 'mimir', labels, ports: [{ name: 'http-metrics', port: 8080 }] });
    const stores = [{ namespace: 'monitoring', tenants: ['team'] }];

    const without = await valuesOf([mimir]);
    const withTenant = await valuesOf([mimir], {}, { stores });

    expect(without.values).to.have.nested.property('monitoring.prometheus.enabled', true);
    expect(withTenant).to.deep.equal({ values: { monitoring: {} }, unusable: ['CREDENTIAL_MISSING'] });
  });

  it('reports overrides that the chart would reject', () => {
    const messages = [{ url: 'prometheus:9090' }, { url: 'http://x', tlsCAFile: '/x' }].map(
      (entry) => kubernautHelm.validateEntry('toolsets', 'prometheus', entry)[0]?.message,
    );

    expect(messages).to.deep.equal([
      'url: Kubernaut (Helm values) takes a URL',
      'Kubernaut (Helm values) knows no key "tlsCAFile" here',
    ]);
  });
});
