import type { CorpusService } from '../accuracy/corpus.ts';

/** Name and number; a port without a name has an empty one. */
export type Port = readonly [name: string, port: number];

/** A Service as a chart writes it, selecting pods by its own labels. */
export function serviceOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  ports: readonly Port[],
  headless = false,
): CorpusService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'obs', labels },
    spec: {
      type: 'ClusterIP',
      ...(headless ? { clusterIP: 'None' } : {}),
      ports: ports.map(([port, number]) => ({ ...(port === '' ? {} : { name: port }), port: number, protocol: 'TCP' })),
      selector: Object.keys(labels).length > 0 ? labels : { run: name },
    },
  };
}
