/** The watched collections of a cluster, as named by metrics, events and the API. The page reads this file. */
export const collectionNames = ['services', 'endpoints', 'namespaces', 'configMaps', 'applications'] as const;
export type CollectionName = (typeof collectionNames)[number];
