import { detectors } from '../../../../detectors/index.ts';
import type { ServiceView } from '../../../../detectors/types.ts';
import { keptKeys } from '../../../discovery/kept-keys.ts';
import { withoutUserInfo } from '../../../lib/messages/text.ts';
import { knownKeys } from './known-words.ts';

/** Replaces a text; returns it unchanged while the texts are being collected. */
export type Replace = (text: string) => string;

const read = keptKeys(detectors, { labels: new Set(), annotations: new Set(), namespaceLabels: new Set() });

/** Kubernetes' own values. */
const constants: ReadonlySet<string> = new Set([
  ...['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
  ...['TCP', 'UDP', 'SCTP'],
]);

/**
 * All that a report says about a Service, as a v1 Service: the facts that rules read, with each text replaced. Anything
 * else to appear in a report, such as reduced custom resources and Pods, has to be reduced here.
 */
export function reducedService(service: ServiceView, replace: Replace): object {
  const { namespace, name, owners, type, ports, selector, externalName } = service;
  const labels = mapped(service.labels, (key) => read.labels.has(key), replace);
  const annotations = mapped(service.annotations, (key) => read.annotations.has(key), replace);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: replace(namespace),
      name: replace(name),
      ...(isEmpty(labels) ? {} : { labels }),
      ...(isEmpty(annotations) ? {} : { annotations }),
      ...(owners.length === 0
        ? {}
        : {
            ownerReferences: owners.map((owner) => ({
              apiVersion: replace(owner.apiVersion),
              kind: replace(owner.kind),
              name: replace(owner.name),
            })),
          }),
    },
    spec: {
      type: constants.has(type) ? type : replace(type),
      ...clusterIpOf(service, replace),
      ...(externalName === '' ? {} : { externalName: replace(externalName) }),
      ports: ports.map((port) => ({
        ...(port.name === '' ? {} : { name: replace(port.name) }),
        port: port.port,
        protocol: constants.has(port.protocol) ? port.protocol : replace(port.protocol),
        ...(port.appProtocol === '' ? {} : { appProtocol: replace(port.appProtocol) }),
        targetPort: typeof port.targetPort === 'number' ? port.targetPort : replace(port.targetPort),
      })),
      ...(selector === null ? {} : { selector: mapped(selector, () => true, replace) }),
    },
  };
}

/** Only whether there is one, unless an annotation may lead to it. */
function clusterIpOf({ clusterIP, annotations }: ServiceView, replace: Replace): object {
  if (clusterIP === 'None') return { clusterIP };
  const isNamed = clusterIP !== '' && Object.values(annotations).some((value) => value.includes(clusterIP));
  return isNamed ? { clusterIP: replace(clusterIP) } : {};
}

/** Only those that are read. */
function mapped(
  map: Readonly<Record<string, string>>,
  isRead: (key: string) => boolean,
  replace: Replace,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([key]) => isRead(key))
      .map(([key, value]) => [knownKeys.has(key) ? key : replace(key), replace(withoutUserInfo(value))]),
  );
}

function isEmpty(map: object): boolean {
  return Object.keys(map).length === 0;
}
