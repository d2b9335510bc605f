import { ownCluster } from '../../../lib/cluster-name.ts';
import { ApiError, request } from './api/client.ts';
import { loader, loadRoute } from './api/load.ts';
import { forgetToken, keepToken, readToken } from './api/session.ts';
import { listen } from './api/stream.ts';
import { announce, highlightArrivals, morph } from './elements/dom.ts';
import { applicationKey, chosenOf } from './model.ts';
import type { Actions, Model } from './model.ts';
import { hashOf, parseRoute } from './route.ts';
import { pageView } from './views/page.ts';
import { summaryOf, titleOf } from './views/summary.ts';

/** Delay of a search after the last keystroke. */
const searchPauseMs = 150;
const retryMs = 3_000;
/** Interval at which relative times are rendered again. */
const relativeTimesMs = 15_000;

/** Holds the model, loads it from the API, and renders it after each change. */
class Page {
  readonly #root: Element;
  readonly #actions: Actions;
  #model: Model = {
    token: readToken(),
    signInProblem: null,
    route: parseRoute(location.hash),
    live: 'connecting',
    clusters: null,
    applications: null,
    total: 0,
    content: null,
    isLoading: false,
    problem: null,
    look: null,
    open: new Set<string>(),
  };
  /** Aborts with the token. */
  #session = new AbortController();
  /** Aborts with the next load. */
  #loading = new AbortController();
  /** A change was reported and is not loaded yet. */
  #isStale = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Typed text that has not been searched for yet. */
  #typed: string | null = null;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: Element) {
    this.#root = root;
    this.#actions = {
      go: (changes, how) => {
        this.#go(changes, how);
      },
      search: (text) => {
        this.#search(text);
      },
      toggle: (key) => {
        this.#toggle(key);
      },
      signIn: (token) => {
        this.#signIn(token);
      },
      signOut: () => {
        this.#endSession(null);
      },
      lookAgain: () => void this.#lookAgain(),
    };
  }

  start(): void {
    window.addEventListener('popstate', () => {
      this.#forgetTyped();
      this.#follow();
      showSearch(this.#model.route.search);
    });
    // The click may lead to another view, and typed text belongs to the view in which it was typed.
    document.addEventListener('click', this.#searchAtOnce, { capture: true });
    document.addEventListener('visibilitychange', () => {
      if (this.#isStale) void this.#changed();
    });
    document.addEventListener('keydown', focusSearch);
    setInterval(() => {
      if (!document.hidden) this.#update({});
    }, relativeTimesMs);
    this.#update({});
    if (this.#model.token === null) document.getElementById('token')?.focus();
    this.#startSession();
  }

  #update(changes: Partial<Model>): void {
    this.#model = { ...this.#model, ...changes };
    const next = this.#root.cloneNode() as Element;
    next.append(pageView(this.#model, this.#actions));
    const hadFocus = this.#root.contains(document.activeElement);
    morph(this.#root, next);
    // The focused element is gone: keyboard users continue in the content, not at the top of the page.
    if (hadFocus && document.activeElement === document.body)
      document.querySelector('main')?.focus({ preventScroll: true });
    document.title = titleOf(this.#model);
  }

  #go(...[changes, how]: Parameters<Actions['go']>): void {
    this.#keepTyped();
    const hash = hashOf({ ...this.#model.route, offset: 0, ...changes });
    if (how === 'replace') history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    this.#follow();
  }

  #search(text: string): void {
    this.#typed = text;
    this.#searchIn(searchPauseMs);
  }

  #searchIn(ms: number): void {
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => {
      this.#keepTyped();
      this.#follow();
    }, ms);
  }

  /** Puts typed text into the address before anything else happens; the search follows. */
  readonly #searchAtOnce = (): void => {
    if (this.#typed === null) return;
    this.#keepTyped();
    this.#searchIn(0);
  };

  /** Puts typed text into the address of the view in which it was typed. */
  #keepTyped(): void {
    if (this.#typed === null) return;
    const route = { ...this.#model.route, search: this.#typed, offset: 0 };
    this.#forgetTyped();
    history.replaceState(null, '', hashOf(route));
    this.#model = { ...this.#model, route };
  }

  #forgetTyped(): void {
    clearTimeout(this.#searchTimer);
    this.#typed = null;
  }

  #toggle(key: string): void {
    const open = new Set(this.#model.open);
    if (!open.delete(key)) open.add(key);
    this.#update({ open });
    if (open.has(key) && this.#model.route.view === 'toolsets') void this.#reload();
  }

  #signIn(token: string): void {
    keepToken(token);
    this.#update({ token, signInProblem: null });
    this.#startSession();
    document.querySelector('main')?.focus();
  }

  /** Changes arrive through the stream; the response only confirms that discovery ran. */
  async #lookAgain(): Promise<void> {
    const { token, look, applications, route } = this.#model;
    const chosen = chosenOf(applications ?? [], route);
    if (token === null || !chosen) return;
    const of = applicationKey(chosen);
    if (look?.of === of && look.result === null) return;
    const { configMap, cluster } = chosen;
    const { signal } = this.#session;
    this.#update({ look: { of, result: null } });
    const result = await request('api/v1/discover', token, {
      accept: 'application/json',
      body: { configMap, cluster },
      signal,
    }).then(
      () => 'Checked again just now.',
      (error: unknown) => (error instanceof ApiError ? `${error.title}. ${error.message}` : 'The request failed.'),
    );
    if (!signal.aborted && this.#model.look?.of === of) this.#update({ look: { of, result } });
  }

  /** Shows the route in the address. */
  #follow(): void {
    const route = parseRoute(location.hash);
    const shown = this.#model.route;
    const isOther = (['view', 'cluster', 'configMap', 'member'] as const).some((part) => route[part] !== shown[part]);
    this.#update({ route, ...(isOther ? { open: new Set<string>(), content: null, look: null } : {}) });
    void this.#reload();
  }

  #startSession(): void {
    const { token } = this.#model;
    if (token === null) return;
    this.#session = new AbortController();
    this.#update({ live: 'connecting' });
    const { signal } = this.#session;
    // Content first. Changes in between are not lost: the stream begins with a notification.
    void this.#reload().then(() =>
      listen({
        token,
        signal,
        onState: (live) => {
          this.#update({ live });
        },
        onChange: () => void this.#changed(),
        onUnauthenticated: (error) => {
          this.#endSession(error);
        },
      }),
    );
  }

  /** Discards the token and everything shown with it. */
  #endSession(problem: ApiError | null): void {
    this.#session.abort();
    this.#loading.abort();
    clearTimeout(this.#retryTimer);
    this.#forgetTyped();
    forgetToken();
    this.#update({
      token: null,
      signInProblem: problem && `${problem.title}. ${problem.message}`,
      clusters: null,
      applications: null,
      total: 0,
      content: null,
      problem: null,
      look: null,
      isLoading: false,
      open: new Set<string>(),
    });
    announce('');
    document.getElementById('token')?.focus();
  }

  /** Loads the change at once, or later if the page is hidden or loading. */
  async #changed(): Promise<void> {
    if (document.hidden || this.#model.isLoading) {
      this.#isStale = true;
      return;
    }
    this.#isStale = false;
    const highlight = highlightArrivals(this.#root);
    if (await this.#reload()) highlight();
  }

  /** Loads everything shown; `false` if that failed or was superseded by another load. */
  async #reload(): Promise<boolean> {
    const { token } = this.#model;
    if (token === null) return false;
    this.#loading.abort();
    clearTimeout(this.#retryTimer);
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.#update({ isLoading: true });
    try {
      const loaded = await loadRoute(loader(token, signal), this.#model);
      if (signal.aborted) return false;
      this.#pinConfigMap(loaded.applications ?? []);
      this.#update({ ...loaded, isLoading: false, problem: null });
      announce(summaryOf(this.#model));
    } catch (error) {
      if (!signal.aborted) this.#loadFailed(error);
      return false;
    }
    if (this.#isStale) void this.#changed();
    return true;
  }

  /** Puts the most urgent ConfigMap into the address, so that it stays selected when another becomes more urgent. */
  #pinConfigMap(applications: NonNullable<Model['applications']>): void {
    const { route } = this.#model;
    const chosen = applications.length > 1 ? chosenOf(applications, route) : undefined;
    if (!chosen || route.configMap !== null) return;
    const isOwn = route.cluster === null && chosen.cluster === ownCluster.name;
    const pinned = { ...route, cluster: isOwn ? null : chosen.cluster, configMap: chosen.configMap };
    history.replaceState(null, '', hashOf(pinned));
    this.#update({ route: pinned });
  }

  #loadFailed(error: unknown): void {
    const problem = error instanceof ApiError ? error : new ApiError(0, 'This page has a bug', String(error));
    if (problem.status === 401) {
      this.#endSession(problem);
      return;
    }
    this.#update({ isLoading: false, problem });
    announce(problem.title);
    const isTransient = problem.status === 0 || problem.status === 429 || problem.status >= 500;
    if (isTransient) this.#retryTimer = setTimeout(() => void this.#reload(), retryMs);
  }
}

/** Sets the search text even if the field has the focus, when rendering keeps what is being typed. */
function showSearch(text: string): void {
  const search = document.getElementById('search');
  if (search instanceof HTMLInputElement) search.value = text;
}

/** `/` focuses the search field of the view, unless something is being typed. */
function focusSearch(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  const search = document.getElementById('search');
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping || !search) return;
  event.preventDefault();
  search.focus();
}

new Page(document.querySelector('#page') ?? document.body).start();
