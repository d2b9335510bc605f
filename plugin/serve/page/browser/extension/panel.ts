import { pause } from '../api/pause.ts';
import { morph } from '../elements/dom.ts';
import { parseAnnotations } from './annotations.ts';
import type { Annotations, ShownApplication } from './argo-cd.ts';
import { configMapOf, configMapsOf, liveAnnotations, NoAnswerError } from './client.ts';
import { contentView, foreignView } from './content.ts';
import type { State } from './content.ts';
import { styles } from './styles.ts';

/** What a panel is about. */
export interface Target {
  readonly application: ShownApplication;
  /** `null` for any ConfigMap of the Application. */
  readonly configMap: string | null;
  /** Annotations of that ConfigMap as Argo CD shows them; `null` if they have to be read. */
  readonly annotations: Annotations | null;
}

/** Interval between requests while the page is visible. */
const pollMs = 15_000;

const initial: State = {
  configMap: null,
  others: [],
  answer: null,
  annotationContent: null,
  problem: null,
  open: new Set(),
};

/** The content of one element of Argo CD's UI, in a shadow root, kept up to date until `end`. */
export class Panel {
  readonly #host: HTMLElement;
  readonly #root: HTMLElement;
  #ended = new AbortController();
  #target: Target | null = null;
  #key = '';
  #state = initial;

  constructor(host: HTMLElement) {
    this.#host = host;
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const style = document.createElement('style');
    style.textContent = styles;
    this.#root = document.createElement('div');
    shadow.replaceChildren(style, this.#root);
  }

  /**
   * Called each time Argo CD renders: only a new target changes what is shown. `null` is a ConfigMap that is not ours.
   */
  show(target: Target | null): void {
    this.#host.dataset.theme = this.#host.closest('.theme-dark') ? 'dark' : 'light';
    const key = JSON.stringify(target);
    if (key === this.#key) return;
    this.#key = key;
    const isAnother =
      target?.configMap !== this.#target?.configMap ||
      target?.application.name !== this.#target?.application.name ||
      target?.application.namespace !== this.#target?.application.namespace;
    this.#target = target;
    if (isAnother) this.#state = { ...initial, configMap: target?.configMap ?? null };
    if (target?.annotations) this.#state = { ...this.#state, annotationContent: parseAnnotations(target.annotations) };
    this.#render();
    this.#restart();
  }

  end(): void {
    this.#ended.abort();
  }

  #restart(): void {
    this.#ended.abort();
    this.#ended = new AbortController();
    const { signal } = this.#ended;
    const target = this.#target;
    if (target) void pollWhileVisible(pollMs, signal, () => this.#load(target, signal));
  }

  async #load({ application, configMap: only, annotations }: Target, signal: AbortSignal): Promise<void> {
    try {
      const others = only === null ? (await configMapsOf(application, signal)).items : [];
      const { configMap: shown } = this.#state;
      // The ConfigMap that was shown may be gone: the settings can name another one.
      const chosen = others.find(({ configMap }) => configMap === shown) ?? others[0];
      const answer = await configMapOf(application, only ?? chosen?.configMap ?? null, signal);
      this.#update({ others, answer, configMap: answer.application.configMap, problem: null }, signal);
    } catch (error) {
      if (signal.aborted) return;
      const problem = error instanceof NoAnswerError ? error.message : 'The extension has a bug.';
      this.#update({ problem }, signal);
      if (annotations === null) await this.#readAnnotations(application, signal);
    }
  }

  async #readAnnotations(application: ShownApplication, signal: AbortSignal): Promise<void> {
    const read = await firstAnnotations(application, signal).catch(() => null);
    if (read) this.#update({ annotationContent: parseAnnotations(read) }, signal);
  }

  #update(change: Partial<State>, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#state = { ...this.#state, ...change };
    this.#render();
  }

  #render(): void {
    const next = document.createElement('div');
    next.append(
      this.#target === null
        ? foreignView()
        : contentView(this.#state, {
            toggle: (key) => {
              const open = new Set(this.#state.open);
              if (!open.delete(key)) open.add(key);
              this.#state = { ...this.#state, open };
              this.#render();
            },
            choose: (configMap) => {
              this.#state = { ...initial, others: this.#state.others, configMap };
              this.#render();
              this.#restart();
            },
          }),
    );
    morph(this.#root, next);
  }
}

/** Loads now and at each interval until the signal aborts, but not while the page is hidden. */
export async function pollWhileVisible(ms: number, signal: AbortSignal, load: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    if (document.visibilityState === 'visible') await load();
    await pause(ms, signal);
  }
}

/** Most ConfigMaps read to find one of ours. */
const maxRead = 5;

/** Annotations of the Application's first ConfigMap that is ours; `null` if there is none, or none can be read. */
export async function firstAnnotations(
  application: ShownApplication,
  signal: AbortSignal,
): Promise<Annotations | null> {
  for (const configMap of application.configMaps.slice(0, maxRead)) {
    const found = await liveAnnotations(application, configMap, signal);
    if (found) return found;
  }
  return null;
}
