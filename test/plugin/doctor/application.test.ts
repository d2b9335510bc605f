import { expect } from 'chai';
import { checkApplication, checkSelection, ownApplications } from '../../../plugin/doctor/application.ts';
import { applicationView } from '../../../plugin/argocd/application.ts';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';

function application(spec: object, status: object = {}): ApplicationView {
  return applicationView({ metadata: { namespace: 'argocd', name: 'a' }, spec, status })!;
}

const plugin = { plugin: { name: 'dynamic-toolset' } };

describe('plugin/doctor/application', () => {
  it('knows an Application by any of its sources', () => {
    const several = application({ sources: [{}, plugin] });

    expect(ownApplications([application({ source: plugin }), several, application({ source: {} })])).to.have.length(2);
  });

  it('corrects a misspelt name in the source that has it', () => {
    const [check] = checkSelection([application({ sources: [{}, { plugin: { name: 'dynamic_toolset' } }] })]);

    expect(check?.fix).to.deep.equal([
      `kubectl --namespace argocd patch application a --type json --patch '[{"op":"replace","path":"/spec/sources/1/plugin/name","value":"dynamic-toolset"}]'`,
    ]);
  });

  it('knows an Application by the name of the plugin with a version, which is no misspelling', () => {
    const versioned = application({ source: { plugin: { name: 'dynamic-toolset-v1' } } });

    expect(ownApplications([versioned])).to.deep.equal([versioned]);
    expect(checkSelection([versioned]).map(({ status }) => status)).to.deep.equal(['ok']);
  });

  it('lets other plugins be', () => {
    const others = [
      application({ source: { plugin: { name: 'kustomized-helm' } } }),
      application({ source: { plugin: {} } }),
    ];

    expect(checkSelection(others).map(({ subject }) => subject)).to.deep.equal(['Applications']);
  });

  it('waits for self-heal, and for what cannot be compared, without a fault', () => {
    const automated = { automated: { selfHeal: true } };
    const status = { reconciledAt: '2026-01-01T00:00:00Z', sync: { status: 'OutOfSync' } };

    const checks = checkApplication(application({ source: plugin, syncPolicy: automated }, status));

    expect(checks.map(({ check, status: found }) => [check, found])).to.deep.equal([
      ['self-heal', 'ok'],
      ['generation', 'ok'],
      ['sync', 'ok'],
    ]);
    expect(checks.at(-1)?.message).to.include('within five minutes');
  });
});
