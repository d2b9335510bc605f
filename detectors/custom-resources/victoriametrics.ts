import type { BackendFacts, CustomResource, FieldValues } from '../types.ts';
import { extraArgs, instanceOfPods, text } from './values.ts';

const api = 'https://github.com/VictoriaMetrics/operator/blob/master/api/operator';

/** With a load balancer in front, TLS is the balancer's setting, and the prefix that of the backend behind it. */
function argumentFacts({ prefix, tls, isBalanced, balancerTls }: FieldValues): BackendFacts {
  const own = isBalanced === true ? balancerTls : tls;
  return { prefix: text(prefix) ?? '', scheme: own === true ? 'https' : 'http' };
}

interface Names {
  readonly kind: string;
  readonly version: 'v1beta1' | 'v1';
  /** Value of `app.kubernetes.io/name` of the Pods. */
  readonly pods: string;
}

/** A resource that runs as a single program with its own arguments. */
function single(names: Names): CustomResource {
  return { ...common(names), fields: extraArgs(['spec']) };
}

/** A resource that runs as several programs; the one configured under `select` answers queries. */
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
/** The resource of older versions of the operator, before VLSingle. */
export const vLogsResource: CustomResource = {
  ...single({ kind: 'VLogs', version: 'v1beta1', pods: 'vlogs' }),
  resource: 'vlogs',
};
export const vlSingleResource = single({ kind: 'VLSingle', version: 'v1', pods: 'vlsingle' });
export const vlClusterResource = cluster({ kind: 'VLCluster', version: 'v1', pods: 'vlselect' }, 'vlselect');
export const vtSingleResource = single({ kind: 'VTSingle', version: 'v1', pods: 'vtsingle' });
export const vtClusterResource = cluster({ kind: 'VTCluster', version: 'v1', pods: 'vtselect' }, 'select');
