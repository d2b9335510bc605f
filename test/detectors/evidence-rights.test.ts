import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { customResources } from '../../detectors/index.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

describe('manifests/rbac/evidence', () => {
  function read(file: string): unknown {
    return parse(readFileSync(join(import.meta.dirname, '../../manifests', file), 'utf8'));
  }

  it('grants get on Pods and on the custom resources of the detectors, and nothing else', () => {
    const { rules } = read('rbac/evidence/cluster-role.yaml') as { readonly rules: readonly Rule[] };
    const granted = rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}.${group}`))),
    );

    const known = customResources.map(({ group, resource }) => `get ${resource}.${group}`);
    expect(granted.sort()).to.deep.equal(['get pods.', ...known].sort());
  });

  it('grants it to the service accounts of the sidecar and serve', () => {
    const { subjects } = read('rbac/evidence/cluster-role-binding.yaml') as { readonly subjects: readonly object[] };
    const plugin = read('rbac/cluster/cluster-role-binding.yaml') as { readonly subjects: readonly object[] };
    const { metadata } = read('serve/base/service-account.yaml') as { readonly metadata: { readonly name: string } };

    const serve = { kind: 'ServiceAccount', name: metadata.name, namespace: 'dynamic-toolset' };
    expect(subjects).to.deep.equal([...plugin.subjects, serve]);
  });
});
