/** Labels that name the product, the most common first. */
export const productLabels: readonly string[] = ['app.kubernetes.io/name', 'app', 'k8s-app'];

/** Labels of house schemes and add-ons: they say the product where nothing else does, of the Service or of its pods. */
export const houseLabels: readonly string[] = ['application', 'name', 'kubernetes.io/name', 'io.kompose.service'];

/** Terms of pod selectors by which prometheus-operator names the resource that the pods belong to. */
export const resourceTerms: readonly string[] = ['prometheus', 'alertmanager', 'thanos-ruler'];

/** Labels that name the part of the product. */
export const componentLabels: readonly string[] = [
  'app.kubernetes.io/component',
  'app.kubernetes.io/subcomponent',
  'component',
];

/** Labels that name the Helm chart. */
export const chartLabels: readonly string[] = ['helm.sh/chart', 'chart'];

/** Labels that name the release. */
export const instanceLabels: readonly string[] = ['app.kubernetes.io/instance', 'release'];

/** Labels by which operators name the database that several Services are of, where these have no owner. */
export const databaseLabels: readonly string[] = ['cluster-name'];

/** Labels that name the product that a backend was brought by. */
export const hostLabelKeys: readonly string[] = ['release', 'app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

/** `role`, `spilo-role`, `cnpg.io/instanceRole`, `clickhouse.altinity.com/Service`, … */
export function isRoleLabel(key: string): boolean {
  return /(?:^|[/-]|[a-z])[rR]ole$|\/Service$/.test(key);
}

/** `operated-prometheus`: a Service that prometheus-operator makes for all resources of a kind in a namespace. */
export function isGoverningLabel(key: string): boolean {
  return key.startsWith('operated-');
}

/** `cnpg.io/cluster`, `elasticsearch.k8s.elastic.co/cluster-name`, `prometheus`: labels by which operators name their resource. */
export function isResourceLabel(key: string): boolean {
  return /\/cluster(?:-name)?$/.test(key) || resourceTerms.includes(key);
}

/** Annotations of the tools that deploy: Helm's release, Argo CD's application in front of a colon. */
export const deployerAnnotations: readonly string[] = ['meta.helm.sh/release-name', 'argocd.argoproj.io/tracking-id'];
