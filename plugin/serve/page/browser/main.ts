import { ApiError } from './api/client.ts';
import { announce, highlightArrivals } from './views/attention.ts';
import { morph } from './elements/dom.ts';
import { getter, load } from './api/load.ts';
import type { Actions, Model } from './model.ts';
import { chosenOf } from './model.ts';
import { pageView } from './views/page.ts';
import { hashOf, parseRoute } from './route.ts';
import { forgetToken, keepToken, readToken } from './api/session.ts';
import { listen } from './api/stream.ts';
import { summaryOf, titleOf } from './views/summary.ts';

const root = document.querySelector('#page') ?? document.body;
const searchPauseMs = 150;
const retryMs = 3_000;
/** Times are told from now: they are told anew this often. */
const timesMs = 15_000;

let model: Model = {
  ...{ token: readToken(), signInProblem: null, route: parseRoute(location.hash), live: 'connecting' },
  ...{ applications: null, content: null, isLoading: false, problem: null, open: new Set<string>() },
};
let session = new AbortController();
let loading = new AbortController();
let isStale = false;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let searchTimer: ReturnType<typeof setTimeout> | undefined;

const actions: Actions = {
  go: (changes, how) => {
    const hash = hashOf({ ...model.route, offset: 0, ...changes });
    if (how === 'replace') history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    follow();
  },
  search: (text) => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => {
      actions.go({ search: text }, 'replace');
    }, searchPauseMs);
  },
  toggle: (key) => {
    const open = new Set(model.open);
    if (!open.delete(key)) open.add(key);
    update({ open });
    if (open.has(key) && model.route.view === 'toolsets') void reload();
  },
  signIn: (token) => {
    keepToken(token);
    update({ token, signInProblem: null });
    startSession();
    document.querySelector('main')?.focus();
  },
  signOut: () => {
    endSession(null);
  },
};

function update(changes: Partial<Model>): void {
  model = { ...model, ...changes };
  const next = root.cloneNode() as Element;
  next.append(pageView(model, actions));
  morph(root, next);
  document.title = titleOf(model);
}

/** Shows what the address says. */
function follow(): void {
  const route = parseRoute(location.hash);
  const isOther = route.view !== model.route.view || route.configMap !== model.route.configMap;
  update({ route, ...(isOther ? { open: new Set<string>(), content: null } : {}) });
  void reload();
}

function startSession(): void {
  const { token } = model;
  if (token === null) return;
  session = new AbortController();
  update({ live: 'connecting' });
  const { signal } = session;
  // What people wait for comes first; whatever happens meanwhile is told once the stream is open.
  void reload().then(() =>
    listen({
      ...{ token, signal },
      onState: (live) => {
        update({ live });
      },
      onChange: () => void changed(),
      onUnauthenticated: endSession,
    }),
  );
}

/** Forgets the token and all that was shown with it. */
function endSession(problem: ApiError | null): void {
  session.abort();
  loading.abort();
  clearTimeout(retryTimer);
  forgetToken();
  update({ token: null, signInProblem: problem && `${problem.title}. ${problem.message}` });
  update({ applications: null, content: null, problem: null, isLoading: false, open: new Set<string>() });
  announce('');
  document.getElementById('token')?.focus();
}

/** The service has told of a change. Nobody looks at a page that is hidden: it catches up once it is seen. */
async function changed(): Promise<void> {
  if (document.hidden || model.isLoading) {
    isStale = true;
    return;
  }
  isStale = false;
  const unmark = highlightArrivals(root);
  if (await reload()) unmark();
}

/** Asks for everything that is shown; whether it came, and nothing else was asked for meanwhile. */
async function reload(): Promise<boolean> {
  const { token } = model;
  if (token === null) return false;
  loading.abort();
  clearTimeout(retryTimer);
  const { signal } = (loading = new AbortController());
  update({ isLoading: true });
  try {
    const loaded = await load(getter(token, signal), model);
    if (signal.aborted) return false;
    keepChoice(loaded.applications ?? []);
    update({ ...loaded, isLoading: false, problem: null });
    announce(summaryOf(model));
  } catch (error) {
    if (!signal.aborted) failed(error);
    return false;
  }
  if (isStale) void changed();
  return true;
}

/** A ConfigMap that was chosen for people stays, whatever happens to the others meanwhile. */
function keepChoice(applications: NonNullable<Model['applications']>): void {
  const chosen = applications.length > 1 ? chosenOf(applications, model.route) : undefined;
  if (!chosen || model.route.configMap !== null) return;
  const route = { ...model.route, configMap: chosen.configMap };
  history.replaceState(null, '', hashOf(route));
  update({ route });
}

function failed(error: unknown): void {
  const problem = error instanceof ApiError ? error : new ApiError(0, 'This page has a bug', String(error));
  if (problem.status === 401) {
    endSession(problem);
    return;
  }
  update({ isLoading: false, problem });
  announce(problem.title);
  const passes = problem.status === 0 || problem.status === 429 || problem.status >= 500;
  if (passes) retryTimer = setTimeout(() => void reload(), retryMs);
}

window.addEventListener('popstate', follow);
document.addEventListener('visibilitychange', () => {
  if (isStale) void changed();
});
setInterval(() => {
  if (!document.hidden) update({});
}, timesMs);
update({});
if (model.token === null) document.getElementById('token')?.focus();
startSession();
