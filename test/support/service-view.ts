import type { ServiceView } from '../../detectors/types.ts';

/** A Service of which nothing tells what it is. */
export function serviceView(change: Partial<ServiceView> = {}): ServiceView {
  return {
    namespace: 'obs',
    name: 'web',
    labels: {},
    annotations: {},
    owners: [],
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    externalName: '',
    ports: [],
    selector: null,
    oversize: null,
    ...change,
  };
}
