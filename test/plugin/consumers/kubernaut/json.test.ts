import { expect } from 'chai';
import { kubernautJson } from '../../../../plugin/consumers/kubernaut/json.ts';
import { grafana, prometheus } from '../../../support/objects.ts';
import { key, said } from './assert-printed.ts';

describe('plugin/consumers/kubernaut/json', () => {
  it('prints one list of tools, sorted by namespace and name', async () => {
    const { data } = await said(kubernautJson, [prometheus('b'), grafana()]);

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({
      tools: [
        {
          name: 'prometheus',
          namespace: 'b',
          type: 'prometheus',
          endpoint: 'http://prometheus.b.svc.cluster.local:9090',
          description: 'Prometheus of this cluster (b/prometheus)',
          metadata: { detector: 'prometheus' },
        },
        {
          name: 'grafana',
          namespace: 'monitoring',
          type: 'grafana',
          endpoint: 'http://grafana.monitoring.svc.cluster.local:80',
          description: 'Grafana of this cluster (monitoring/grafana)',
          metadata: { detector: 'grafana' },
        },
      ],
    });
  });

  it('prints an empty list for an empty cluster', async () => {
    expect((await said(kubernautJson, [])).data).to.deep.equal({ [key]: '{\n  "tools": []\n}\n' });
  });

  it('leaves out a tool that cannot be used, as the format cannot express disabled', async () => {
    const { data, unusable } = await said(kubernautJson, [grafana()], { needsCredential: true });

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({ tools: [] });
    expect(unusable).to.have.length(1);
  });

  it('leaves out tools that Git disables, and the key `enabled`', () => {
    const tool = { type: 'a', endpoint: 'http://a', description: 'a' };

    const data = kubernautJson.data(
      { toolsets: { on: { ...tool, enabled: true }, off: { ...tool, enabled: false } }, mcp_servers: {} },
      key,
      null,
    );

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({ tools: [{ name: 'on', ...tool }] });
  });

  it('names each tool after its entry, and warns of a different name in Git', () => {
    const tool = { type: 'a', endpoint: 'http://a', description: 'a' };
    const toolsets = { shop: { ...tool, namespace: 'x' }, 'mine/shop': { ...tool, name: 'y', namespace: 'mine' } };

    const data = kubernautJson.data({ toolsets, mcp_servers: {} }, key, null);

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({
      tools: [
        { name: 'shop', namespace: 'mine', ...tool },
        { name: 'shop', ...tool },
      ],
    });
    const told = kubernautJson.validateNames?.({ toolsets, mcp_servers: {} }).map(({ issue }) => issue.message);
    expect(told).to.deep.equal([
      'namespace: the name of the entry has none, and that is printed',
      'name: the name of the entry is "shop", and that is printed',
    ]);
  });

  it('reads back what it prints', async () => {
    const { data, file } = await said(kubernautJson, [prometheus(), grafana()]);

    expect(kubernautJson.read(data, key)).to.deep.equal(file);
  });

  for (const text of ['', '[]', '{"tools": {}}', '{']) {
    it(`rejects ${JSON.stringify(text)} as a toolset file`, () => {
      expect(kubernautJson.read({ [key]: text }, key)).to.equal(null);
    });
  }
});
