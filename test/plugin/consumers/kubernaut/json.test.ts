import { expect } from 'chai';
import { kubernautJson } from '../../../../plugin/consumers/kubernaut/json.ts';
import { grafana, prometheus } from '../../../support/objects.ts';
import { key, said } from './assert-printed.ts';

describe('plugin/consumers/kubernaut/json', () => {
  it('is one list of tools, by namespace and name', async () => {
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

  it('is an empty list for an empty cluster', async () => {
    expect((await said(kubernautJson, [])).data).to.deep.equal({ [key]: '{\n  "tools": []\n}\n' });
  });

  it('leaves out what it cannot use: the format has no word for disabled', async () => {
    const { data, unusable } = await said(kubernautJson, [grafana()], { needsCredential: true });

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({ tools: [] });
    expect(unusable).to.have.length(1);
  });

  it('leaves out what Git disables, and the word itself', () => {
    const tool = { type: 'a', endpoint: 'http://a', description: 'a' };

    const data = kubernautJson.data(
      { toolsets: { on: { ...tool, enabled: true }, off: { ...tool, enabled: false } }, mcp_servers: {} },
      key,
      null,
    );

    expect(JSON.parse(data[key] ?? '')).to.deep.equal({ tools: [{ name: 'on', ...tool }] });
  });

  it('has the name of each entry, and tells of another one that Git gives it', () => {
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
    it(`takes ${JSON.stringify(text)} for no toolset file`, () => {
      expect(kubernautJson.read({ [key]: text }, key)).to.equal(null);
    });
  }
});
