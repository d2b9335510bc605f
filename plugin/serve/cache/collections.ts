/** The collections that are watched of a cluster, as metrics, events and the API name them. The page reads this file. */
export const collectionNames = ['services', 'endpoints', 'namespaces', 'configMaps', 'applications'] as const;
export type CollectionName = (typeof collectionNames)[number];
