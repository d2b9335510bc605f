import type { Application, ConfigMap, ExplainedService, List, Toolset, ToolsetDetail } from './api/responses.ts';
import type { ApiError } from './api/client.ts';
import type { Route } from './route.ts';
import type { StreamState } from './api/stream.ts';
import { standingOf } from './views/words.ts';

/** What one of the views shows. */
export type Content =
  | {
      readonly view: 'toolsets';
      readonly list: List<Toolset>;
      /** Of the rows that are open, by key. */
      readonly details: ReadonlyMap<string, ToolsetDetail>;
    }
  | { readonly view: 'services'; readonly list: List<ExplainedService> }
  | { readonly view: 'settings'; readonly configMap: ConfigMap | null }
  | { readonly view: 'configmaps' };

/** Everything that the page shows follows from this. */
export interface Model {
  readonly token: string | null;
  /** Why the last token was of no use. */
  readonly signInProblem: string | null;
  readonly route: Route;
  readonly live: StreamState;
  /** `null` until they have been answered once. */
  readonly applications: readonly Application[] | null;
  /** Of the view that was asked for last and answered; it may be one that has just been left. */
  readonly content: Content | null;
  readonly isLoading: boolean;
  /** Why what is shown is not of now; `null` where it is. */
  readonly problem: ApiError | null;
  /** Keys of rows that are open. */
  readonly open: ReadonlySet<string>;
}

export interface Actions {
  /** Shows something else; `replace` where going back should not stop here. */
  readonly go: (changes: Partial<Route>, how?: 'replace') => void;
  readonly search: (text: string) => void;
  readonly toggle: (key: string) => void;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
}

const urgency = { behind: 0, attention: 1, current: 2 } as const;

/** The ConfigMap that is shown: the one that the address names, or the first of those that need people most. */
export function chosenOf(applications: readonly Application[], { configMap }: Route): Application | undefined {
  if (configMap !== null) return applications.find((one) => one.configMap === configMap);
  return applications.toSorted((a, b) => urgency[standingOf(a)] - urgency[standingOf(b)])[0];
}

/** Key of a toolset's row. */
export function toolsetKey({ section, name }: Pick<Toolset, 'section' | 'name'>): string {
  return `${section} ${name}`;
}
