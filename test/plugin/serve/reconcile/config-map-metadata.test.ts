import { expect } from 'chai';
import fc from 'fast-check';
import type { ManagedConfigMap } from '../../../../plugin/serve/cache/index.ts';
import type { ConfigMapMetadata } from '../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { readConfigMapMetadata } from '../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { digestAnnotation, settingsAnnotation } from '../../../../plugin/customizations/config-map.ts';
import { clusterModel } from '../cluster-model.ts';
import { generated } from '../generated.ts';

const good = '{"target":{"format":"holmesgpt","version":"0.45"}}';

describe('plugin/serve/reconcile/config-map-metadata', () => {
  it('reads back the settings that generate wrote, those with a meaning of their own included', async () => {
    const spec = {
      discovery: { namespaces: { include: ['team-*'] }, instances: 'best' },
      health: { check: 'readiness', evictAfter: '5m' },
      detectors: { grafana: { enabled: false } },
      trust: { namespaces: ['monitoring'] },
    };
    const prober = (): never => expect.fail('nobody is asked');
    const configMap = await generated({ name: 'c', spec, prober, cluster: clusterModel().cluster });

    const contract = readConfigMapMetadata(configMap) as ConfigMapMetadata;

    expect(contract.spec).to.deep.include({ trust: { namespaces: ['monitoring'], foreignEndpoints: false } });
    expect(contract.spec.target.configMap).to.include({ namespace: 'holmesgpt', name: 'c' });
    expect(contract.written).to.deep.equal({ ...spec, target: { format: 'holmesgpt', version: '0.45' } });
    expect(contract.digest).to.match(/^sha256:/);
  });

  it('tells ConfigMaps with equal settings from others', () => {
    const [one, two, other] = [good, good, '{"health":{"check":"none"}}'].map(read) as ConfigMapMetadata[];

    expect(one!.settingsId).to.equal(two!.settingsId).and.not.equal(other!.settingsId);
  });

  const refused: readonly (readonly [title: string, settings: string, problem: RegExp])[] = [
    ['cut off', good.slice(0, -3), /holds no JSON object/],
    ['empty', '', /holds no JSON object/],
    ['a list', '[]', /holds no JSON object/],
    ['null', 'null', /holds no JSON object/],
    ['from a release that knows more', '{"forecast":{"days":3}}', /not of this release: .*forecast/],
    ['of another shape', '{"target":"holmesgpt"}', /./],
    ['with a value that is none', '{"health":{"evictAfter":"soon"}}', /not of this release/],
    ['with a detector that nobody knows', '{"detectors":{"nagios":{}}}', /not of this release: .*nagios/],
    ['of a megabyte', JSON.stringify({ discovery: { clusterDomain: 'a'.repeat(1 << 20) } }), /is too long/],
    ['deeper than any stack', `{"discovery":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /./],
    ['with a prototype', '{"__proto__":{"health":{"check":"none"}}}', /not of this release/],
    ['with a prototype in it', '{"credentials":{"__proto__":{"a":"b"}},"health":{"__proto__":{}}}', /./],
    ['with a constructor', '{"constructor":{"prototype":{"polluted":true}}}', /not of this release: .*constructor/],
  ];
  for (const [title, settings, problem] of refused) {
    it(`says what is wrong with settings that are ${title}, in one short line`, () => {
      const { problem: said } = read(settings) as { readonly problem: string };

      expect(said).to.match(problem).and.include(settingsAnnotation);
      expect(said.length).to.be.below(350);
      expect(said).not.to.include('\n');
    });
  }

  for (const missing of [digestAnnotation, settingsAnnotation]) {
    it(`names the annotation ${missing} where it is missing`, () => {
      const { [missing]: gone, ...annotations } = annotated(good).annotations;

      expect(gone).to.be.a('string');
      expect(readConfigMapMetadata({ ...annotated(good), annotations })).to.deep.equal({
        problem: `its annotation ${missing} is missing`,
      });
    });
  }

  it('has an answer to any annotation, and pollutes no prototype', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), hostileSettings), (settings) => {
        const contract = read(settings);
        expect('problem' in contract || contract.spec.health.attempts > 0).to.equal(true);
      }),
    );
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });
});

/** Settings with anything in the place of one of their parts. */
const hostileSettings = fc
  .record({
    part: fc.constantFrom('target', 'discovery', 'health', 'detectors', 'customDetectors', 'credentials', 'trust'),
    value: fc.jsonValue(),
  })
  .map(({ part, value }) => JSON.stringify({ [part]: value }));

function read(settings: string): ReturnType<typeof readConfigMapMetadata> {
  return readConfigMapMetadata(annotated(settings));
}

function annotated(settings: string): ManagedConfigMap {
  const annotations = { [digestAnnotation]: 'sha256:1', [settingsAnnotation]: settings };
  return { namespace: 'holmesgpt', name: 'c', labels: {}, annotations };
}
