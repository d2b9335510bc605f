/** Labels that name the product, most common first. */
export const productLabels: readonly string[] = ['app.kubernetes.io/name', 'app', 'k8s-app'];

/** Labels of in-house schemes and add-ons, on the Service or its Pods: used where no other label names the product. */
export const houseLabels: readonly string[] = ['application', 'name', 'kubernetes.io/name', 'io.kompose.service'];

/** Pod selector terms in which prometheus-operator puts the name of the resource that owns the Pods. */
export const resourceTerms: readonly string[] = ['prometheus', 'alertmanager', 'thanos-ruler'];

/** All labels of these Pods that contain the name of the resource. */
export const resourceNameTerms: readonly string[] = [...resourceTerms, 'operator.prometheus.io/name'];

/** The labels of these Pods by which people select those of one resource. */
export const operatedPodTerms: ReadonlySet<string> = new Set([
  ...resourceNameTerms,
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
]);

/** Labels that name the component. */
export const componentLabels: readonly string[] = [
  'app.kubernetes.io/component',
  'app.kubernetes.io/subcomponent',
  'component',
];

/** Labels that name the Helm chart. */
export const chartLabels: readonly string[] = ['helm.sh/chart', 'chart'];

/** Labels that name the release. */
export const instanceLabels: readonly string[] = ['app.kubernetes.io/instance', 'release'];

/** Labels in which operators name the database that several Services belong to, where these have no owner. */
export const databaseLabels: readonly string[] = ['cluster-name'];

/** Labels that name the product which brought a backend along. */
export const hostLabelKeys: readonly string[] = ['release', 'app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

/** `role`, `spilo-role`, `cnpg.io/instanceRole`, `clickhouse.altinity.com/Service`, … */
export function isRoleLabel(key: string): boolean {
  return /(?:^|[/-]|[a-z])[rR]ole$|\/Service$/.test(key);
}

/** `operated-prometheus`: one Service that prometheus-operator makes for all resources of a kind in a namespace. */
export function isGoverningLabel(key: string): boolean {
  return key.startsWith('operated-');
}

/**
 * Labels in which operators put the name of their resource: `cnpg.io/cluster`,
 * `elasticsearch.k8s.elastic.co/cluster-name`, `prometheus`.
 */
export function isResourceLabel(key: string): boolean {
  return /\/cluster(?:-name)?$/.test(key) || resourceTerms.includes(key);
}

/**
 * Annotations of deployment tools: Helm's release; Argo CD's tracking id, which
 * starts with the Application and a colon.
 */
export const deployerAnnotations: readonly string[] = ['meta.helm.sh/release-name', 'argocd.argoproj.io/tracking-id'];
