import type { BackendFacts, CustomResource, FieldValues } from '../types.ts';
import { extraArgs, instanceOfPods, text } from './values.ts';

const api = 'https://github.com/VictoriaMetrics/operator/blob/master/api/operator';

/** Where a balancer is in front, TLS is its own, and the prefix that of what it leads to. */
function argumentFacts({ prefix, tls, isBalanced, balancerTls }: FieldValues): BackendFacts {
  const own = isBalanced === true ? balancerTls : tls;
  return { prefix: text(prefix) ?? '', scheme: own === true ? 'https' : 'http' };
}

interface Names {
  readonly kind: string;
  readonly version: 'v1beta1' | 'v1';
  /** What the pods are called in `app.kubernetes.io/name`. */
  readonly pods: string;
}

/** A resource of which the operator makes one program, with arguments of its own. */
function single({ kind, version, pods }: Names): CustomResource {
  return { ...common({ kind, version, pods }), fields: extraArgs(['spec']) };
}

/** A resource with several programs, of which the one below `select` answers queries. */
function cluster(names: Names, select: string): CustomResource {
  const balancer = ['spec', 'requestsLoadBalancer'];
  return {
    ...common(names),
    fields: {
      ...extraArgs(['spec', select]),
      isBalanced: { at: [...balancer, 'enabled'], as: 'flag' },
      balancerTls: extraArgs([...balancer, 'spec']).tls,
    },
  };
}

function common({ kind, version, pods }: Names): Omit<CustomResource, 'fields'> {
  const lower = kind.toLowerCase();
  return {
    kind,
    group: 'operator.victoriametrics.com',
    resource: `${lower}s`,
    versions: [version],
    namedBy: instanceOfPods({ 'managed-by': 'vm-operator', 'app.kubernetes.io/name': pods }),
    facts: argumentFacts,
    source: `${api}/${version}/${lower}_types.go`,
  };
}

export const vmSingleResource = single({ kind: 'VMSingle', version: 'v1beta1', pods: 'vmsingle' });
export const vmClusterResource = cluster({ kind: 'VMCluster', version: 'v1beta1', pods: 'vmselect' }, 'vmselect');
/** Of older versions of the operator, before VLSingle. */
export const vLogsResource: CustomResource = {
  ...single({ kind: 'VLogs', version: 'v1beta1', pods: 'vlogs' }),
  resource: 'vlogs',
};
export const vlSingleResource = single({ kind: 'VLSingle', version: 'v1', pods: 'vlsingle' });
export const vlClusterResource = cluster({ kind: 'VLCluster', version: 'v1', pods: 'vlselect' }, 'vlselect');
export const vtSingleResource = single({ kind: 'VTSingle', version: 'v1', pods: 'vtsingle' });
export const vtClusterResource = cluster({ kind: 'VTCluster', version: 'v1', pods: 'vtselect' }, 'select');
