import { expect } from 'chai';
import { consumerOf } from '../../../../plugin/consumers/index.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { Target } from '../../../../plugin/settings/schema/target.ts';
import { failure } from '../../../support/failure.ts';
import { prometheus, service } from '../../../support/objects.ts';
import { discoverFixture } from '../../discovery/fixture.ts';

const operator = consumerOf(Target.parse({ format: 'kubernaut-operator', configMap: { namespace: 'ours' } }));

/** The part of the custom resource that is printed for entries. */
function partOf(toolsets: DataMap): unknown {
  return operator.objects?.({ toolsets, mcp_servers: {} });
}

describe('plugin/consumers/kubernaut/operator', () => {
  it('accepts one Prometheus and no Alertmanager, for which the resource has no key', async () => {
    const alertmanager = service({ name: 'am', labels: { 'app.kubernetes.io/name': 'alertmanager' } });
    const { admitted } = await discoverFixture({
      items: [prometheus('monitoring', 'a'), prometheus('monitoring', 'b'), alertmanager],
      spec: { target: { format: 'kubernaut-operator' } },
    });

    expect(admitted.map(({ service: { name } }) => name)).to.deep.equal(['a']);
  });

  it('prints a partial resource with the fixed name, which Argo CD neither deletes nor validates', () => {
    expect(partOf({ prometheus: { enabled: false } })).to.deep.equal([
      {
        apiVersion: 'kubernaut.ai/v1alpha2',
        kind: 'Kubernaut',
        metadata: {
          name: 'kubernaut',
          namespace: 'ours',
          annotations: {
            'argocd.argoproj.io/sync-options': 'ServerSideApply=true,Validate=false,Prune=false,Delete=false',
          },
        },
        spec: { monitoring: { prometheus: { enabled: false } } },
      },
    ]);
  });

  it('rejects an entry from Git for which the resource has no key', async () => {
    const refused = await failure(() => {
      operator.assertAccepted({ toolsets: { prometheus: {}, alertManager: {} }, mcp_servers: {} });
    });

    expect(refused).to.deep.include({
      code: 'OUTPUT_INVALID',
      message: "Kubernaut's resource has no spec.monitoring.alertManager, which overrides add",
      hint: 'remove it: known is prometheus',
    });
  });
});
