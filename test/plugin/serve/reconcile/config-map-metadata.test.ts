import { expect } from 'chai';
import fc from 'fast-check';
import type { ManagedConfigMap } from '../../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ConfigMapMetadata } from '../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { readConfigMapMetadata } from '../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { digestAnnotation, settingsAnnotation } from '../../../../plugin/customizations/discovery-settings.ts';
import { configMapProblem } from '../../../../plugin/serve/reasons.ts';
import type { ConfigMapProblem, ConfigMapReason } from '../../../../plugin/serve/reasons.ts';
import { clusterModel } from '../cluster-model.ts';
import { generated } from '../generated.ts';

const good = '{"target":{"format":"holmesgpt","version":"0.45"}}';

describe('plugin/serve/reconcile/config-map-metadata', () => {
  it('reads back the settings that generate has written', async () => {
    const spec = {
      discovery: { namespaces: { include: ['team-*'] }, instances: 'best' },
      health: { check: 'readiness', evictAfter: '5m' },
      detectors: { grafana: { enabled: false } },
      trust: { namespaces: ['monitoring'] },
    };
    const prober = (): never => expect.fail('a backend was probed');
    const configMap = await generated({ name: 'c', spec, prober, cluster: clusterModel().cluster });

    const contract = readConfigMapMetadata(configMap) as ConfigMapMetadata;

    expect(contract.spec).to.deep.include({ trust: { namespaces: ['monitoring'], foreignEndpoints: false } });
    expect(contract.spec.target.configMap).to.include({ namespace: 'holmesgpt', name: 'c' });
    expect(contract.written).to.deep.equal({ ...spec, target: { format: 'holmesgpt', version: '0.45' } });
    expect(contract.digest).to.match(/^sha256:/);
  });

  it('gives the same settings ID to equal settings only', () => {
    const [one, two, other] = [good, good, '{"health":{"check":"none"}}'].map(read) as ConfigMapMetadata[];

    expect(one!.settingsId).to.equal(two!.settingsId).and.not.equal(other!.settingsId);
  });

  const refused: readonly (readonly [title: string, settings: string, reason: ConfigMapReason, message: RegExp])[] = [
    ['that are cut off', good.slice(0, -3), 'SettingsNotJson', /./],
    ['that are empty', '', 'SettingsNotJson', /./],
    ['that are a list', '[]', 'SettingsNotJson', /./],
    ['that are null', 'null', 'SettingsNotJson', /./],
    ['from a newer release', '{"forecast":{"days":3}}', 'SettingsInvalid', /forecast/],
    ['of the wrong shape', '{"target":"holmesgpt"}', 'SettingsInvalid', /./],
    ['with an invalid value', '{"health":{"evictAfter":"soon"}}', 'SettingsInvalid', /./],
    ['with an unknown detector', '{"detectors":{"nagios":{}}}', 'SettingsInvalid', /nagios/],
    [
      'of more than a megabyte',
      JSON.stringify({ discovery: { clusterDomain: 'a'.repeat(1 << 20) } }),
      'SettingsTooLong',
      /./,
    ],
    [
      'that are nested too deeply',
      `{"discovery":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'SettingsInvalid',
      /./,
    ],
    ['with a __proto__ key', '{"__proto__":{"health":{"check":"none"}}}', 'SettingsInvalid', /./],
    [
      'with nested __proto__ keys',
      '{"credentials":{"__proto__":{"a":"b"}},"health":{"__proto__":{}}}',
      'SettingsInvalid',
      /./,
    ],
    ['with a constructor key', '{"constructor":{"prototype":{"polluted":true}}}', 'SettingsInvalid', /constructor/],
  ];
  for (const [title, settings, reason, message] of refused) {
    it(`rejects settings ${title}, with a short one-line message`, () => {
      const { problem } = read(settings) as { readonly problem: ConfigMapProblem };

      expect(problem.reason).to.equal(reason);
      expect(problem.message).to.match(message).and.include(settingsAnnotation);
      expect(problem.message.length).to.be.below(350);
      expect(problem.message).not.to.include('\n');
    });
  }

  for (const missing of [digestAnnotation, settingsAnnotation]) {
    it(`names the missing annotation ${missing}`, () => {
      const { [missing]: gone, ...annotations } = annotated(good).annotations;

      expect(gone).to.be.a('string');
      expect(readConfigMapMetadata({ ...annotated(good), annotations })).to.deep.equal({
        problem: configMapProblem('AnnotationMissing', { annotation: missing }),
      });
    });
  }

  it('handles any annotation, and pollutes no prototype', () => {
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
