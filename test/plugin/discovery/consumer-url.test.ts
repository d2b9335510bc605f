import { expect } from 'chai';
import { consumerEndpoint, reachableOf } from '../../../plugin/discovery/consumer-url.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import { urlOf } from '../../../plugin/discovery/decision.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { candidate } from '../../support/candidate.ts';

describe('plugin/discovery/consumer-url', () => {
  const loki = candidate('logging/loki', {
    endpoint: { scheme: 'http', host: 'loki.logging.svc', port: 3100, path: '/loki', schemeFrom: '' },
  });

  function reached(urls: string | undefined, cluster?: string, one: Candidate = loki): string {
    const { spec } = parseSettings(null);
    const target = { ...spec.target, ...(urls === undefined ? {} : { urls }) };
    return urlOf(consumerEndpoint(one, { target, ...(cluster === undefined ? {} : { cluster }) }));
  }

  const { namespace, name } = loki.service;
  const cases: readonly (readonly [urls: string | undefined, cluster: string | undefined, url: string])[] = [
    [undefined, 'spoke', 'http://loki.logging.svc:3100/loki'],
    [
      'https://g.example/${cluster}/${namespace}/${name}${path}',
      'spoke',
      `https://g.example:443/spoke/${namespace}/${name}/loki`,
    ],
    [
      'https://g.example/${cluster}/${namespace}/${name}/',
      undefined,
      `https://g.example:443/in-cluster/${namespace}/${name}`,
    ],
    [
      'http://${name}.${namespace}.${cluster}.example:8080',
      'arn:aws:eks:eu:1:cluster/Prod',
      `http://${name}.${namespace}.arn-aws-eks-eu-1-cluster-prod.example:8080`,
    ],
    ['${scheme}://${host}:${port}${path}', 'https://api.spoke:6443', 'http://loki.logging.svc:3100/loki'],
    ['http://${host}/${cluster}', 'https://api.spoke:6443', 'http://loki.logging.svc:80/api.spoke'],
  ];
  for (const [urls, cluster, url] of cases) {
    it(`resolves to ${url} with target.urls ${urls ?? 'unset'}`, () => {
      expect(reached(urls, cluster)).to.equal(url);
    });
  }

  it('leaves a foreign endpoint unchanged', () => {
    const foreign = { ...loki, endpoint: { ...loki.endpoint, foreign: true } };

    expect(reached('https://g.example/${namespace}/${name}', 'spoke', foreign)).to.equal(
      'http://loki.logging.svc:3100/loki',
    );
  });

  it('omits a database when the URL template has a fixed HTTP scheme', () => {
    const database = { ...loki, endpoint: { ...loki.endpoint, scheme: 'postgresql' as const } };
    const { spec } = parseSettings(null);
    const of = (urls: string): number =>
      reachableOf([loki, database], { target: { ...spec.target, urls } }).reachable.length;

    expect([of('https://g/${host}'), of('${scheme}://${host}:${port}')]).to.deep.equal([1, 2]);
  });
});
