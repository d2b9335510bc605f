import { expect } from 'chai';
import { detectors } from '../../../../detectors/index.ts';
import { typeOf } from '../../../../plugin/consumers/kubernaut/common.ts';

describe('plugin/consumers/kubernaut types', () => {
  it('are the names of the original service, not those of HolmesGPT toolsets', () => {
    const types = new Set(detectors.map(({ toolset }) => typeOf(toolset)));

    expect([...types].sort()).to.deep.equal([
      'alertmanager',
      'argocd',
      'clickhouse',
      'elasticsearch',
      'grafana',
      'jaeger',
      'kafka',
      'loki',
      'mongodb',
      'mysql',
      'postgresql',
      'prometheus',
      'rabbitmq',
      'redis',
      'tempo',
      'victorialogs',
    ]);
  });

  it('replace slashes in an announced name with dots', () => {
    expect(typeOf('custom/team/shop/api')).to.equal('custom.team.shop.api');
    expect(typeOf('toString')).to.equal('toString');
  });
});
