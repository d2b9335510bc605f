import type { ApplicationView, GitSource } from '../../../argocd/application.ts';
import { isPlugin } from '../../../argocd/application.ts';
import { argoCdPath, gitLink } from '../../../argocd/links.ts';
import type { GitHosts, GitPlace } from '../../../argocd/links.ts';
import type { ConfigMapName } from '../../../cluster/types.ts';

/** Platform settings for links. */
export interface LinkOptions {
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  /** Address of Argo CD's UI; `null` if unknown. */
  readonly argoCdUrl: URL | null;
  /** Git hosts in addition to the well-known ones. */
  readonly gitHosts: GitHosts;
}

/** The folder in Git with settings and overrides. */
interface GitFolder {
  readonly url: string;
  readonly path: string;
  readonly commit: string;
}

/** Links to Argo CD's UI and to Git. All use https, or the scheme of the configured Argo CD URL. */
export interface Links {
  /** The ConfigMap in Argo CD's UI; `null` if the UI's address is unknown. */
  readonly argoCd: (application: ApplicationView | undefined, configMap: ConfigMapName) => string | null;
  /** At the commit that Argo CD compared last; `null` if the host's page URLs are unknown. */
  readonly folder: (application: ApplicationView | undefined) => GitFolder | null;
  /** The line that a warning begins with; `null` if it names none, or the host's page URLs are unknown. */
  readonly line: (application: ApplicationView | undefined, warning: string) => string | null;
  /** A place in the folder; `null` if the host's page URLs are unknown. */
  readonly place: (application: ApplicationView | undefined, place: GitPlace) => string | null;
}

/** `FILE:LINE:COLUMN`, the form in which warnings name a place in Git. */
const placeForm = /^((?:[\w-][\w.-]*\/){0,20}[\w-][\w.-]{0,200}\.ya?ml):(\d{1,7}):\d{1,7} /;

export function linksOf({ plugin, argoCdUrl, gitHosts }: LinkOptions): Links {
  const sourceOf = (application: ApplicationView | undefined): GitSource | null =>
    application?.plugins.find(({ name }) => isPlugin(name, plugin))?.source ?? null;
  const place: Links['place'] = (application, where) => {
    const source = sourceOf(application);
    return source && gitLink(source, where, gitHosts);
  };
  return {
    place,
    argoCd: (application, configMap) =>
      application && argoCdUrl ? new URL(argoCdPath(application, configMap), argoCdUrl).href : null,
    folder: (application) => {
      const source = sourceOf(application);
      const url = source && gitLink(source, null, gitHosts);
      return source && url !== null ? { url, path: source.path, commit: source.commit } : null;
    },
    line: (application, warning) => {
      const [, file, line] = placeForm.exec(warning) ?? [];
      return file === undefined ? null : place(application, { file, line: Number(line) });
    },
  };
}
