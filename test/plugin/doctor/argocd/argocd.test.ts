import { expect } from 'chai';
import type { LiveConfigMap } from '../../../../plugin/cluster/types.ts';
import { checkCustomizations } from '../../../../plugin/doctor/argocd/customizations.ts';
import { checkExclusions } from '../../../../plugin/doctor/argocd/exclusions.ts';
import { checkProject, projectView } from '../../../../plugin/doctor/argocd/project.ts';
import { doctorApplication } from '../../../../plugin/doctor/argocd/spec.ts';
import type { Check } from '../../../../plugin/doctor/reasons.ts';

/** The JSON that a command patches with. */
function patchOf([check]: readonly Check[]): unknown {
  const [, json = 'null'] = /--patch '(.*)'$/.exec(check?.fix[0] ?? '') ?? [];
  return JSON.parse(json);
}

function reasonsOf(checks: readonly Check[]): readonly string[] {
  return checks.map(({ reason }) => reason);
}

describe('plugin/doctor/argocd/project', () => {
  const repoURL = 'https://git.example.com/a.git';

  function checked(spec: object, message = '', ...globals: readonly object[]): readonly Check[] {
    const application = doctorApplication({
      metadata: { namespace: 'argocd', name: 'a' },
      spec: {
        source: { repoURL, plugin: { name: 'dynamic-toolset' } },
        destination: { name: 'in-cluster', namespace: 'n' },
      },
      status: { conditions: message === '' ? [] : [{ type: 'InvalidSpecError', message }] },
    });
    return checkProject(application!, project(spec, 'p', globals)!);
  }

  function project(spec: object, name: string, globals: readonly object[]): ReturnType<typeof projectView> {
    const named = globals.map((one, index) => ({
      metadata: { namespace: 'argocd', name: `global${String(index)}` },
      spec: one,
    }));
    return projectView({ metadata: { namespace: 'argocd', name }, spec }, named);
  }

  it('considers the lists of kinds that the project inherits from global projects', () => {
    const configMap = { group: '', kind: 'ConfigMap' };
    const apps = { namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] };

    const permitted = checked(apps, '', { namespaceResourceWhitelist: [configMap] });
    const listed = checked({}, '', apps);
    const denied = checked({}, '', {}, { namespaceResourceBlacklist: [configMap] });

    expect(permitted).to.deep.equal([]);
    expect(patchOf(listed)).to.deep.equal([
      { op: 'add', path: '/spec/namespaceResourceWhitelist', value: [configMap] },
    ]);
    expect(denied.map(({ subject }) => subject)).to.deep.equal(['AppProject argocd/global1']);
    expect(denied.flatMap(({ fix }) => fix).at(-1)).to.match(/ annotate appproject p --overwrite /);
    expect(patchOf(denied)).to.deep.equal([
      { op: 'test', path: '/spec/namespaceResourceBlacklist/0', value: configMap },
      { op: 'remove', path: '/spec/namespaceResourceBlacklist/0' },
    ]);
  });

  const kinds: readonly (readonly [title: string, spec: object, patch: unknown])[] = [
    ['no list', {}, null],
    ['a whitelist of everything', { namespaceResourceWhitelist: [{ group: '*', kind: '*' }] }, null],
    [
      'an empty whitelist',
      { namespaceResourceWhitelist: [] },
      [{ op: 'add', path: '/spec/namespaceResourceWhitelist/-', value: { group: '', kind: 'ConfigMap' } }],
    ],
    [
      'a whitelist without ConfigMaps and a blacklist with them, patched from the end',
      {
        namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }],
        namespaceResourceBlacklist: [
          { group: '', kind: 'Config*' },
          { group: '', kind: 'Secret' },
          { group: '*', kind: '*' },
        ],
      },
      [
        { op: 'test', path: '/spec/namespaceResourceBlacklist/2', value: { group: '*', kind: '*' } },
        { op: 'remove', path: '/spec/namespaceResourceBlacklist/2' },
        { op: 'test', path: '/spec/namespaceResourceBlacklist/0', value: { group: '', kind: 'Config*' } },
        { op: 'remove', path: '/spec/namespaceResourceBlacklist/0' },
        { op: 'add', path: '/spec/namespaceResourceWhitelist/-', value: { group: '', kind: 'ConfigMap' } },
      ],
    ],
  ];
  for (const [title, spec, patch] of kinds) {
    it(`decides as Argo CD does for ${title}`, () => {
      const checks = checked(spec);

      expect(reasonsOf(checks)).to.deep.equal(patch === null ? [] : ['ProjectForbidsKind']);
      expect(patchOf(checks)).to.deep.equal(patch);
    });
  }

  it('permits the repository that Argo CD reports as not permitted, and removes the pattern that denies it', () => {
    const checks = checked(
      { sourceRepos: ['*', '!https://git.example.com/*'] },
      `application repo ${repoURL} is not permitted in project 'p'`,
    );

    expect(reasonsOf(checks)).to.deep.equal(['ProjectForbidsSource']);
    expect(patchOf(checks)).to.deep.equal([
      { op: 'test', path: '/spec/sourceRepos/1', value: '!https://git.example.com/*' },
      { op: 'remove', path: '/spec/sourceRepos/1' },
      { op: 'add', path: '/spec/sourceRepos/-', value: repoURL },
    ]);
  });

  it('permits the destination under the name that the Application uses', () => {
    const checks = checked(
      {},
      "application destination server 'in-cluster' and namespace 'n' do not match any of the allowed destinations in project 'p'",
    );

    expect(reasonsOf(checks)).to.deep.equal(['ProjectForbidsDestination']);
    expect(patchOf(checks)).to.deep.equal([
      { op: 'add', path: '/spec/destinations', value: [{ name: 'in-cluster', namespace: 'n' }] },
    ]);
  });

  describe('for what Argo CD says of an Application', () => {
    const other = 'https://git.example.com/b.git';
    const sources = [
      { repoURL, plugin: { name: 'dynamic-toolset' } },
      { repoURL: other, path: 'x' },
      { repoURL: other, path: 'y' },
    ];
    const refused = (url: string): string => `application repo ${url} is not permitted in project 'p'`;
    const elsewhere = 'application destination do not match any of the allowed destinations in project';

    function checksOf(
      spec: object,
      conditions: readonly object[],
      projectSpec: object,
      metadata: object = {},
    ): Check[] {
      const application = doctorApplication({
        metadata: { namespace: 'argocd', name: 'a' },
        spec: { sources, destination: { namespace: 'n' }, ...spec },
        status: { conditions },
      });
      const view = projectView({ metadata: { namespace: 'argocd', name: 'p', ...metadata }, spec: projectSpec });
      return checkProject(application!, view!);
    }

    it('permits only the repositories that are reported, each once, also in a project without a list', () => {
      const conditions = [{ type: 'InvalidSpecError', message: refused(other) }];

      const checks = checksOf({}, conditions, {});

      expect(patchOf(checks)).to.deep.equal([{ op: 'add', path: '/spec/sourceRepos', value: [other] }]);
      expect(checks[0]?.fix[0]).to.match(/^kubectl --namespace argocd patch appproject p --type json --patch /);
      expect(checks[0]).to.include({
        subject: 'AppProject argocd/p',
        message: 'its sourceRepos lack the repository of Application argocd/a',
      });
    });

    it('permits all of several conditions, and removes only patterns that deny a reported repository', () => {
      const conditions = [repoURL, other].map((url) => ({ type: 'InvalidSpecError', message: refused(url) }));

      const checks = checksOf({}, conditions, {
        sourceRepos: ['!https://git.example.com/b*', 'https://git.example.com/*', '!https://git.example.com/c*'],
      });

      expect(checks[0]?.fix).to.have.length(1);
      expect(patchOf(checks)).to.deep.equal([
        { op: 'add', path: '/spec/sourceRepos/-', value: repoURL },
        { op: 'test', path: '/spec/sourceRepos/0', value: '!https://git.example.com/b*' },
        { op: 'remove', path: '/spec/sourceRepos/0' },
        { op: 'add', path: '/spec/sourceRepos/-', value: other },
      ]);
    });

    it('keeps a pattern whose * would have to match a slash, which only ** does in Argo CD', () => {
      const sourceRepos = ['!https://*/b.git', '!*/b.git', '!https://**', '!*', '!https://git.example.com/team/*'];
      const checks = checksOf({}, [{ type: 'InvalidSpecError', message: refused(other) }], { sourceRepos });

      const removed = (patchOf(checks) as { op: string; path: string }[]).filter(({ op }) => op === 'remove');
      expect(removed.map(({ path }) => path)).to.deep.equal(['/spec/sourceRepos/2', '/spec/sourceRepos/0']);
    });

    it('permits the own cluster without a name, and removes the destinations that deny', () => {
      const destinations = [
        { server: '!https://a', namespace: '*' },
        { server: '*', namespace: 'x' },
        { name: 'b', namespace: '!n' },
        { name: '!c' },
      ];

      const checks = checksOf({}, [{ type: 'InvalidSpecError', message: elsewhere }], { destinations });

      expect(patchOf(checks)).to.deep.equal([
        ...[3, 2, 0].flatMap((index) => [
          { op: 'test', path: `/spec/destinations/${String(index)}`, value: destinations[index] },
          { op: 'remove', path: `/spec/destinations/${String(index)}` },
        ]),
        {
          op: 'add',
          path: '/spec/destinations/-',
          value: { server: 'https://kubernetes.default.svc', namespace: 'n' },
        },
      ]);
    });

    it('takes nothing from a condition of another type', () => {
      const conditions = [{ type: 'ComparisonError', message: `${refused(other)} ${elsewhere}` }];

      expect(checksOf({}, conditions, {})).to.deep.equal([]);
    });

    it('names the Application that manages the project', () => {
      const annotations = { 'argocd.argoproj.io/tracking-id': 'platform:argoproj.io/AppProject:argocd/p' };
      const conditions = [{ type: 'InvalidSpecError', message: elsewhere }];

      expect(checksOf({}, conditions, {}, { annotations })[0]?.message).to.include('from the Application platform');
    });

    it('reads no project without a name or a namespace', () => {
      expect(projectView({ metadata: { name: 'p' } })).to.equal(null);
      expect(projectView({ metadata: { namespace: 'argocd' } })).to.equal(null);
      expect(projectView({ metadata: { namespace: 'argocd', name: 'p' } }, [{ spec: {} }])?.globals).to.deep.equal([]);
    });
  });
});

describe('plugin/doctor/argocd/exclusions', () => {
  function checked(data: Readonly<Record<string, string>> | null): readonly Check[] {
    const live = data && ({ data, annotations: {} } as unknown as LiveConfigMap);
    return checkExclusions('argocd', live);
  }

  const settings: readonly (readonly [title: string, data: Readonly<Record<string, string>> | null, patch: unknown])[] =
    [
      ['no settings at all', null, null],
      ['invalid YAML, which Argo CD itself rejects', { 'resource.exclusions': '{' }, null],
      ['rules about other kinds', { 'resource.exclusions': "- {apiGroups: ['*'], kinds: [Event]}\n" }, null],
      [
        'a rule for another cluster',
        { 'resource.exclusions': "- {kinds: ['*'], clusters: ['https://spoke']}\n" },
        null,
      ],
      [
        'a rule that names ConfigMaps among others',
        {
          'resource.exclusions':
            "- {apiGroups: [''], kinds: [ConfigMap, Event], clusters: ['*']}\n- {kinds: [Lease]}\n",
        },
        { 'resource.exclusions': '[{"apiGroups":[""],"kinds":["Event"],"clusters":["*"]},{"kinds":["Lease"]}]' },
      ],
      ['a rule for every kind', { 'resource.exclusions': "- {apiGroups: ['*']}\n" }, { 'resource.exclusions': null }],
      [
        'inclusions for another cluster only',
        { 'resource.inclusions': "- {apiGroups: [apps], clusters: ['https://spoke']}\n" },
        null,
      ],
      [
        'inclusions that lack ConfigMaps',
        { 'resource.inclusions': '- {apiGroups: [apps]}\n' },
        { 'resource.inclusions': '[{"apiGroups":["apps"]},{"apiGroups":[""],"kinds":["ConfigMap"],"clusters":["*"]}]' },
      ],
    ];
  for (const [title, data, patch] of settings) {
    it(`decides as Argo CD does for ${title}`, () => {
      const checks = checked(data);

      expect(reasonsOf(checks)).to.deep.equal(patch === null ? [] : ['ConfigMapsExcluded']);
      expect(patchOf(checks)).to.deep.equal(patch === null ? null : { data: patch });
    });
  }
});

describe('plugin/doctor/argocd/customizations', () => {
  const key = 'resource.customizations.ignoreDifferences';
  const managers = [
    { name: 'argocd-controller', keys: ['custom_toolset.yaml'], metadata: ['f:kubernaut.io/toolset-digest'] },
    { name: 'annotator', keys: [], metadata: ['f:kubernaut.io/toolset-digest'] },
    { name: 'labeller', keys: [], metadata: ['f:app.kubernetes.io/name'] },
  ];
  const tools = { namespace: 'holmesgpt', name: 'tools', keys: ['custom_toolset.yaml'], managers };
  const elsewhere = 'select([.kind, .metadata.namespace, .metadata.name] != ["ConfigMap","holmesgpt","tools"])';

  function checked(data: Readonly<Record<string, string>> | null): readonly Check[] {
    return checkCustomizations('argocd', data && { data, annotations: {} }, [tools]);
  }

  const harmless: readonly (readonly [title: string, data: Readonly<Record<string, string>> | null])[] = [
    ['there are none', null],
    ['they are of another kind', { [`${key}.apps_Deployment`]: 'jsonPointers: [/data]' }],
    ['they are of this kind in another group', { [`${key}.example.com_ConfigMap`]: 'jsonPointers: [/data]' }],
    ['they are of a key that the ConfigMap lacks', { [`${key}.ConfigMap`]: 'jqPathExpressions: [.data."ca.crt"]' }],
    [
      'they are of labels and of annotations of others',
      { [`${key}.all`]: 'jsonPointers: [/metadata/labels, /metadata/annotations/a]' },
    ],
    [
      'they are of field managers that wrote nothing of the data and no annotation',
      { [`${key}.all`]: 'managedFieldsManagers: [labeller, kube-controller-manager, "argocd*"]' },
    ],
    [
      'they are of field managers under a key where Argo CD does not look for these',
      { [`${key}.ConfigMap`]: 'managedFieldsManagers: [argocd-controller]' },
    ],
    ['they are not YAML, which Argo CD itself rejects', { [`${key}.ConfigMap`]: '{' }],
    [
      'Argo CD only ignores such changes until its next resync',
      { 'resource.customizations.ignoreResourceUpdates.ConfigMap': 'jsonPointers: [/data]' },
    ],
    [
      'a key of its own replaces them in the map',
      {
        'resource.customizations': 'ConfigMap: {ignoreDifferences: "jsonPointers: [/data]"}',
        [`${key}.ConfigMap`]: 'jsonPointers: [/metadata/labels]',
      },
    ],
  ];
  for (const [title, data] of harmless) {
    it(`finds no ignored differences if ${title}`, () => {
      expect(checked(data)).to.deep.equal([]);
    });
  }

  const hiding: readonly (readonly [title: string, data: Readonly<Record<string, string>>, patch: unknown])[] = [
    [
      'the data of ConfigMaps',
      { [`${key}.ConfigMap`]: 'jsonPointers: [/data]' },
      { [`${key}.ConfigMap`]: { jqPathExpressions: [`${elsewhere} | (.["data"])`] } },
    ],
    [
      'a key of their data, with an empty group',
      { [`${key}._ConfigMap`]: 'jqPathExpressions: [\'.data["custom_toolset.yaml"]\']' },
      { [`${key}._ConfigMap`]: { jqPathExpressions: [`${elsewhere} | (.data["custom_toolset.yaml"])`] } },
    ],
    [
      'annotations of all kinds, beside paths that are kept',
      {
        [`${key}.all`]:
          'managedFieldsManagers: [a]\njsonPointers: [/status, /metadata/annotations]\njqPathExpressions: [.x]',
      },
      {
        [`${key}.all`]: {
          managedFieldsManagers: ['a'],
          jsonPointers: ['/status'],
          jqPathExpressions: ['.x', `${elsewhere} | (.["metadata"]["annotations"])`],
        },
      },
    ],
    [
      'what Argo CD itself wrote, beside managers that are kept',
      { [`${key}._ConfigMap`]: 'managedFieldsManagers: [argocd-controller, labeller]' },
      { [`${key}._ConfigMap`]: { managedFieldsManagers: ['labeller'] } },
    ],
    [
      'what another manager wrote of the annotations',
      { [`${key}.all`]: 'managedFieldsManagers: [annotator]' },
      { [`${key}.all`]: {} },
    ],
  ];
  for (const [title, data, patch] of hiding) {
    it(`finds that Argo CD does not compare ${title}, and spares only the generated ConfigMap`, () => {
      const checks = checked(data);

      expect(reasonsOf(checks)).to.deep.equal(['SettingsIgnoreDifferences']);
      const { data: changed } = patchOf(checks) as { readonly data: Readonly<Record<string, string>> };
      const parsed = Object.entries(changed).map(([name, text]) => [name, JSON.parse(text) as unknown]);
      expect(Object.fromEntries(parsed)).to.deep.equal(patch);
      expect(checked(changed)).to.deep.equal([]);
    });
  }

  it('names the field managers whose fields are hidden', () => {
    const [check] = checked({ [`${key}.all`]: 'managedFieldsManagers: [argocd-controller]\njsonPointers: [/data]' });

    expect(check?.message).to.include('hides /data, the fields of manager argocd-controller in ConfigMap');
  });

  it('finds them in the map of older releases, and leaves the rest of the map as it is', () => {
    const lua = 'apps/Deployment:\n  health.lua: |\n    hs = {}\n    return hs # comment\n';
    const checks = checked({
      'resource.customizations': `${lua}"*/*":\n  ignoreDifferences: |\n    jsonPointers: [/data]\nConfigMap:\n  ignoreDifferences: "jsonPointers: [/metadata/annotations]"\n`,
    });

    expect(reasonsOf(checks)).to.deep.equal(['SettingsIgnoreDifferences']);
    expect(checks[0]?.message).to.include(
      'resource.customizations hides /data, /metadata/annotations in ConfigMap holmesgpt/tools',
    );
    const { data } = patchOf(checks) as { readonly data: Readonly<Record<string, string>> };
    expect(data['resource.customizations']).to.include(lua);
    expect(checked(data)).to.deep.equal([]);
  });
});
