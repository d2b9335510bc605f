/** `namespace/name`, as kubectl and Argo CD write it. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
