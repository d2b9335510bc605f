import type { ServiceView } from '../../detectors/types.ts';

/** A Service that nothing identifies. */
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
