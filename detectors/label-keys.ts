/** Labels that name the product, the most common first. */
export const productLabels: readonly string[] = ['app.kubernetes.io/name', 'app', 'k8s-app'];

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

/** Labels that name the product that a backend was brought by. */
export const hostLabelKeys: readonly string[] = ['release', 'app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

/** `role`, `spilo-role`, `cnpg.io/instanceRole`, `clickhouse.altinity.com/Service`, … */
export function isRoleLabel(key: string): boolean {
  return /(?:^|[/-]|[a-z])[rR]ole$|\/Service$/.test(key);
}
