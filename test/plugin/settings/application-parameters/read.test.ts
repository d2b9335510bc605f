import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../../detectors/index.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import type { ApplicationInput } from '../../../../plugin/settings/application-parameters/read.ts';
import { parameters } from '../../../../plugin/settings/application-parameters/definitions.ts';
import type { Settings } from '../../../../plugin/settings/settings.ts';
import { loadSettings } from '../../../../plugin/settings/settings.ts';
import { readFrom } from '../../../../plugin/validate/load-customizations.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

describe('plugin/settings/application-parameters/read', () => {
  const folder = temporaryFolder();
  const load = (input: ApplicationInput): Promise<Settings> =>
    loadSettings(readFrom({ folder: folder.path, root: folder.path }), input);
  const passed = (...list: readonly unknown[]): ApplicationInput => ({ parameters: JSON.stringify(list) });

  it('sets what toolset.yaml leaves out, and overrides what it sets', async () => {
    await folder.write(
      'toolset.yaml',
      `${head}spec: {target: {version: "0.24"}, health: {check: none, attempts: 2}}\n`,
    );

    const { spec, written } = await load(
      passed(
        { name: 'target.version', string: '0.32' },
        { name: 'health.check', string: 'readiness' },
        { name: 'discovery.namespaces.include', array: ['monitoring', 'team-*'] },
        { name: 'detectors', map: { grafana: 'false', kafka: 'true' } },
      ),
    );

    expect(spec.target.version).to.equal('0.32');
    expect(spec.health).to.include({ check: 'readiness', attempts: 2 });
    expect(spec.discovery.namespaces.include).to.deep.equal(['monitoring', 'team-*']);
    expect([spec.detectors.grafana?.enabled, spec.detectors.kafka?.enabled]).to.deep.equal([false, true]);
    expect(written).to.deep.equal({
      target: { version: '0.32' },
      health: { check: 'readiness', attempts: 2 },
      discovery: { namespaces: { include: ['monitoring', 'team-*'] } },
      detectors: { grafana: { enabled: false }, kafka: { enabled: true } },
    });
  });

  it('accepts the same settings as variables, over which parameters take precedence', async () => {
    const variables = {
      TARGET_CONFIGMAP_NAME: 'dev',
      TARGET_CONFIGMAP_NAMESPACE: 'dev',
      DISCOVERY_NAMESPACES_EXCLUDE: 'kube-*, , default',
      DETECTORS_LOKI: 'false',
    };

    const { spec } = await load({ variables, ...passed({ name: 'target.configMap.name', string: 'prod' }) });

    expect(spec.target.configMap).to.include({ name: 'prod', namespace: 'dev', key: 'custom_toolset.yaml' });
    expect(spec.discovery.namespaces.exclude).to.deep.equal(['kube-*', 'default']);
    expect(spec.detectors.loki?.enabled).to.equal(false);
  });

  for (const parameter of ['', 'null', '[]', undefined]) {
    it(`changes nothing when Argo CD passes ${parameter === undefined ? 'no parameters' : JSON.stringify(parameter)}`, async () => {
      expect(await load({ parameters: parameter, variables: {} })).to.deep.equal(
        await loadSettings(readFrom({ folder: folder.path, root: folder.path })),
      );
    });
  }

  it('accepts the current value of every parameter without changing it', async () => {
    const { spec } = await load({});

    for (const { name, collection, valueIn } of parameters) {
      const again = await load(passed({ name, [collection]: valueIn(spec) }));
      expect(valueIn(again.spec), name).to.deep.equal(valueIn(spec));
    }
  });

  const wrong: readonly { readonly title: string; readonly input: ApplicationInput; readonly says: string }[] = [
    {
      title: 'a misspelt parameter',
      input: passed({ name: 'target.verson', string: '0.45' }),
      says: 'parameter target.verson is unknown, did you mean target.version?',
    },
    {
      title: 'a misspelt variable',
      input: { variables: { TARGET_VERSON: '0.45' } },
      says: 'variable TARGET_VERSON is unknown, did you mean TARGET_VERSION?',
    },
    {
      title: 'trust',
      input: passed({ name: 'trust.namespaces', array: ['*'] }),
      says: 'parameter trust.namespaces cannot be set by an Application, only in toolset.yaml',
    },
    {
      title: 'trust as a variable',
      input: { variables: { TRUST_NAMESPACES: '*' } },
      says: 'variable TRUST_NAMESPACES cannot be set by an Application, only in toolset.yaml',
    },
    {
      title: 'credentials',
      input: passed({ name: 'credentials', map: { a: 'b' } }),
      says: 'parameter credentials cannot be set by an Application, only in toolset.yaml',
    },
    {
      title: 'the cluster domain, which every URL ends with',
      input: passed({ name: 'discovery.clusterDomain', string: 'evil.example' }),
      says: 'parameter discovery.clusterDomain cannot be set by an Application, only in toolset.yaml',
    },
    {
      title: 'a parameter with an invalid value',
      input: passed({ name: 'target.version', string: 'latest' }),
      says: 'invalid parameter target.version "latest": expected one such as "0.45", in quotes',
    },
    {
      title: 'a variable with an invalid value',
      input: { variables: { HEALTH_CHECK: 'ping' } },
      says: 'invalid variable HEALTH_CHECK "ping": expected http, readiness or none',
    },
    {
      title: 'an almost known value',
      input: passed({ name: 'discovery.instances', string: 'Best' }),
      says: 'invalid parameter discovery.instances "Best": expected all or best; did you mean "best"?',
    },
    {
      title: 'an empty list of namespaces',
      input: passed({ name: 'discovery.namespaces.include', array: [] }),
      says: 'invalid parameter discovery.namespaces.include []: expected at least 1 item',
    },
    {
      title: 'a parameter of another type',
      input: passed({ name: 'discovery.namespaces.include', string: 'monitoring' }),
      says: 'invalid parameter discovery.namespaces.include: expected its value in `array`',
    },
    {
      title: 'an unknown detector',
      input: passed({ name: 'detectors', map: { promethus: 'false' } }),
      says: 'parameter detectors: there is no detector "promethus", did you mean prometheus?',
    },
    {
      title: 'a switch that is neither true nor false',
      input: { variables: { DETECTORS_GRAFANA: 'off' } },
      says: 'variable DETECTORS_GRAFANA: invalid grafana "off": expected true or false',
    },
    {
      title: 'parameters that are not JSON',
      input: { parameters: '[{' },
      says: 'ARGOCD_APP_PARAMETERS is not the JSON list of parameters that Argo CD passes',
    },
    {
      title: 'more than 65,536 characters',
      input: { parameters: `[${' '.repeat(70_000)}]` },
      says: 'the parameters have more than 65536 characters',
    },
    {
      title: 'a name with a line break',
      input: passed({ name: 'a\nb' }),
      says: 'parameter "a\\nb" is unknown',
    },
  ];
  for (const { title, input, says } of wrong) {
    it(`rejects ${title}`, async () => {
      const { code, message } = await failure(() => load(input));

      expect({ code, message }).to.deep.equal({ code: 'PARAMETERS_INVALID', message: says });
    });
  }

  it('reports the first five of several mistakes at once', async () => {
    const { message } = await failure(() => load(passed(...[1, 2, 3, 4, 5, 6, 7].map((n) => ({ name: `x${n}` })))));

    expect(message.split('\n')).to.have.length(6);
    expect(message).to.match(/and 2 more$/);
  });

  it('reports a mistake in the file with its line, even when a parameter overrides it', async () => {
    await folder.write('toolset.yaml', `${head}spec: {target: {version: latest}}\n`);

    const { code, message } = await failure(() => load(passed({ name: 'target.version', string: '0.45' })));

    expect(code).to.equal('SETTINGS_INVALID');
    expect(message).to.match(/^toolset\.yaml:3:/);
  });

  it('never changes trust, credentials and overrides from Git, whatever is passed', async () => {
    await folder.write('toolset.yaml', `${head}spec: {trust: {namespaces: [monitoring]}}\n`);
    const { spec: before } = await load({});
    const names = ['trust', 'credentials', 'overrides', 'customDetectors', 'discovery', 'target', 'constructor'];
    const name = fc.oneof(
      fc.constantFrom(...parameters.map((one) => one.name)),
      fc
        .array(fc.constantFrom(...names, 'namespaces', 'clusterDomain', '__proto__', 'files'), { minLength: 1 })
        .map((keys) => keys.join('.')),
      fc.string(),
    );
    const map = fc.dictionary(
      fc.oneof(fc.constantFrom(...detectors.map(({ id }) => id), 'trust'), fc.string()),
      fc.string(),
    );
    const parameter = fc.record(
      { name, string: fc.string(), array: fc.array(fc.string()), map },
      { requiredKeys: ['name'] },
    );

    await fc.assert(
      fc.asyncProperty(fc.array(parameter, { maxLength: 3 }), async (list) => {
        try {
          const { spec } = await load(passed(...list));
          expect([
            spec.trust,
            spec.credentials,
            spec.overrides,
            spec.customDetectors,
            spec.discovery.clusterDomain,
          ]).to.deep.equal([
            before.trust,
            before.credentials,
            before.overrides,
            before.customDetectors,
            before.discovery.clusterDomain,
          ]);
        } catch (error) {
          if (!(error instanceof PluginError)) throw error;
        }
      }),
    );
  });
});
