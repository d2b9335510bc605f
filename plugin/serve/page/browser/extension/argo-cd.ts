import type { ApplicationView } from '../../../../argocd/application.ts';
import { applicationView, usesPlugin } from '../../../../argocd/application.ts';
import { asObject, asString } from '../../../../lib/json.ts';

/** The Application shown in Argo CD's UI. */
export type ShownApplication = Pick<ApplicationView, 'namespace' | 'name' | 'project' | 'configMaps'>;

/** Annotations of a generated ConfigMap. Any writer of it can set them. */
export type Annotations = Readonly<Record<string, string>>;

/** Props that Argo CD passes to a resource tab. */
export interface ResourceProps {
  readonly application: unknown;
  /** The live object. */
  readonly resource: unknown;
}

/** Props that Argo CD passes to an item of the status panel and to its flyout. */
export interface StatusProps {
  readonly application: unknown;
  readonly openFlyout?: () => void;
}

/** Named as in plugin.yaml. */
const plugin = 'dynamic-toolset';

/** `null` for anything but an Application. */
export function shownApplication(application: unknown): ShownApplication | null {
  return applicationView(application);
}

/** Whether a source of the Application names the plugin. */
export function isOurs(application: unknown): boolean {
  const view = applicationView(application);
  return view !== null && usesPlugin(view, plugin);
}

/** Name and annotations of a generated ConfigMap; `null` for any other resource. */
export function generatedConfigMap(
  resource: unknown,
): { readonly configMap: string; readonly annotations: Annotations } | null {
  const { namespace, name, labels, annotations } = asObject(asObject(resource).metadata);
  if (asObject(labels)['app.kubernetes.io/managed-by'] !== plugin) return null;
  const texts = Object.entries(asObject(annotations)).filter(([, value]) => typeof value === 'string');
  return {
    configMap: `${asString(namespace)}/${asString(name)}`,
    annotations: Object.fromEntries(texts) as Annotations,
  };
}
