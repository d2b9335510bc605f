import * as z from 'zod';
import { everyCluster } from '../auth/cluster-access.ts';
import { operation } from '../openapi/operation.ts';
import { pageOf, paging } from '../openapi/parameters.ts';
import { Cluster, listOf } from '../openapi/schemas.ts';
import type { ShownCluster } from '../state/shown-cluster.ts';

export const listClusters = operation({
  id: 'listClusters',
  method: 'get',
  path: '/api/v1/clusters',
  summary: 'Clusters that are watched, and why one cannot be read',
  description:
    'The one that Argo CD runs in, and those that Applications deploy to, as far as the account may see them: ' +
    'the verb get on /dynamic-toolset/clusters/NAME.',
  about: everyCluster,
  query: z.strictObject(paging),
  response: listOf(Cluster),
  handle: (_models, { query, clusters }) => pageOf(clusters, query, toResponse),
});

function toResponse(cluster: ShownCluster): z.input<typeof Cluster> {
  const { name, server, isOpen, unread, since, services, configMaps } = cluster;
  return {
    name,
    server,
    state: unread === null ? 'readable' : isOpen ? 'unreadable' : 'unopened',
    reason: unread?.reason ?? null,
    message: unread?.message ?? null,
    // Rounded to seconds, like all times that are not those of events.
    since: new Date(Math.round(since / 1000) * 1000).toISOString(),
    services: isOpen ? services : null,
    configMaps: isOpen ? configMaps : null,
  };
}
