import { expect } from 'chai';
import { checkApplication, checkSelection, ownApplications } from '../../../plugin/doctor/application.ts';
import { Application, viewOfObject } from '../../../plugin/doctor/schemas.ts';

function application(spec: object, status: object = {}): Application {
  return Application.parse({ metadata: { namespace: 'argocd', name: 'a' }, spec, status });
}

const plugin = { plugin: { name: 'dynamic-toolset' } };

describe('plugin/doctor/application', () => {
  it('knows an Application by any of its sources', () => {
    const several = application({ sources: [{}, plugin] });

    expect(ownApplications([application({ source: plugin }), several, application({ source: {} })])).to.have.length(2);
  });

  it('mends a misspelt name in the source that has it', () => {
    const [check] = checkSelection([application({ sources: [{}, { plugin: { name: 'dynamic_toolset' } }] })]);

    expect(check?.fix).to.deep.equal([
      `kubectl --namespace argocd patch application a --type json --patch '[{"op":"replace","path":"/spec/sources/1/plugin/name","value":"dynamic-toolset"}]'`,
    ]);
  });

  it('reads an Application with fields that are null, and none that has no name', () => {
    const metadata = { namespace: 'argocd', name: 'a', annotations: null };
    const spec = { source: null, sources: [plugin], syncPolicy: null };

    const read = viewOfObject(Application, { metadata, spec, status: { conditions: null, operationState: null } });

    expect(ownApplications(read ? [read] : [])).to.have.length(1);
    expect(viewOfObject(Application, { metadata: {}, spec })).to.equal(null);
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
