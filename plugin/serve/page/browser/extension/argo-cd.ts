import type { ApplicationView } from '../../../../argocd/application.ts';
import { applicationView, usesPlugin } from '../../../../argocd/application.ts';
import { asObject, asString } from '../../../../lib/json.ts';

/** Of the Application that Argo CD's UI shows. */
export type ShownApplication = Pick<ApplicationView, 'namespace' | 'name' | 'project' | 'configMaps'>;

/** Annotations of a generated ConfigMap. Any writer of it can set them. */
export type Annotations = Readonly<Record<string, string>>;

/** What Argo CD gives to the tab of a resource. */
export interface ResourceProps {
  readonly application: unknown;
  /** The live object. */
  readonly resource: unknown;
}

/** What Argo CD gives to an item of the status panel, and to what slides in from it. */
export interface StatusProps {
  readonly application: unknown;
  readonly openFlyout?: () => void;
}

/** As plugin.yaml names it. */
const plugin = 'dynamic-toolset';

/** `null` for what is no Application. */
export function shownApplication(application: unknown): ShownApplication | null {
  return applicationView(application);
}

/** Whether a source of the Application names the plugin. */
export function isOurs(application: unknown): boolean {
  const view = applicationView(application);
  return view !== null && usesPlugin(view, plugin);
}

/** A ConfigMap that is generated: its name, and its annotations. `null` for any other. */
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
