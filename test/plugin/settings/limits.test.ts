import { expect } from 'chai';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { failure } from '../../support/failure.ts';

type Spec = (count: number) => object;

describe('plugin/settings/limits: a list that is multiplied by others', () => {
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const texts = (count: number): string[] => times(count, (index) => `t${String(index)}`);
  const map = (count: number, value: string): Record<string, string> =>
    Object.fromEntries(texts(count).map((key) => [key, value]));
  const detector = (more: object, id = 'own'): object => ({
    id,
    match: [{ names: ['own'] }],
    toolset: { name: id, template: {} },
    ...more,
  });
  const template =
    (value: object): Spec =>
    () => ({
      customDetectors: [detector({ toolset: { name: 'own', template: value } })],
    });

  /** What it is, how many are taken, `spec` with so many, and where the first one too many is refused. */
  const cases: readonly (readonly [what: string, limit: number, spec: Spec, where: string])[] = [
    [
      'files of overrides',
      20,
      (n) => ({ overrides: { files: times(n, (i) => `${String(i)}.yaml`) } }),
      'overrides.files',
    ],
    ['files of patches', 20, (n) => ({ overrides: { patches: times(n, () => 'p.yaml') } }), 'overrides.patches'],
    [
      'included namespaces',
      500,
      (n) => ({ discovery: { namespaces: { include: texts(n) } } }),
      'discovery.namespaces.include',
    ],
    [
      'excluded namespaces',
      500,
      (n) => ({ discovery: { namespaces: { exclude: texts(n) } } }),
      'discovery.namespaces.exclude',
    ],
    ['trusted namespaces', 500, (n) => ({ trust: { namespaces: texts(n) } }), 'trust.namespaces'],
    [
      'labels of a selector',
      100,
      (n) => ({ discovery: { services: { selector: { matchLabels: map(n, 'x') } } } }),
      'discovery.services.selector.matchLabels',
    ],
    [
      'expressions of a selector',
      50,
      (n) => ({
        discovery: { services: { selector: { matchExpressions: times(n, () => ({ key: 'a', operator: 'Exists' })) } } },
      }),
      'discovery.services.selector.matchExpressions',
    ],
    ['custom detectors', 100, (n) => ({ customDetectors: texts(n).map((id) => detector({}, id)) }), 'customDetectors'],
    [
      'conditions of all custom detectors',
      1_000,
      (n) => ({
        customDetectors: times(Math.ceil(n / 50), (index) =>
          detector({ match: [{ names: texts(Math.min(50, n - index * 50)) }] }, `own-${String(index)}`),
        ),
      }),
      'customDetectors.20.match',
    ],
    [
      'variables of a template',
      50,
      (n) => template({ text: '${url}'.repeat(n) })(n),
      'customDetectors.0.toolset.template',
    ],
    [
      'characters of a template',
      16 * 1024,
      (n) => template({ text: 'x'.repeat(n - '{"text":""}'.length) })(n),
      'customDetectors.0.toolset.template',
    ],
    ['stores', 100, (n) => ({ stores: texts(n).map((name) => ({ name })) }), 'stores'],
    ['tenants of a store', 16, (n) => ({ stores: [{ tenants: texts(n) }] }), 'stores.0.tenants'],
    ['indices of a store', 16, (n) => ({ stores: [{ indices: texts(n) }] }), 'stores.0.indices'],
    ['keys of a credential', 20, (n) => ({ credentials: { own: map(n, '{{ env.A }}') } }), 'credentials.own'],
    [
      'characters of a credential',
      1_000,
      (n) => ({ credentials: { own: { key: '{{ env.A }}'.padEnd(n, 'x') } } }),
      'credentials.own.key',
    ],
  ];
  for (const [what, limit, spec, where] of cases) {
    it(`accepts ${String(limit)} ${what}`, () => {
      expect(parse(spec(limit)).spec).to.be.an('object');
    });

    it(`rejects more than ${String(limit)} ${what}, with the location`, async () => {
      const error = await failure(() => parse(spec(limit + 1)));

      expect(error.code).to.equal('SETTINGS_INVALID');
      expect(error.message).to.match(
        new RegExp(`^toolset\\.yaml:1:\\d+ spec\\.${where.replaceAll('.', '\\.')}: too big: `),
      );
    });
  }

  function parse(spec: object): ReturnType<typeof parseSettings> {
    const text = JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec });
    return parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
  }
});
