import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import { excerpt } from '../../lib/messages/text.ts';
import type { Json } from '../../lib/json.ts';
import type { ApiResponse } from './api-client.ts';
import { maxItems } from './list-decoder.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { objectTypesOf } from './resource-path.ts';

/** Far above any real cluster: an endless list would fill the memory. */
const maxPages = 10_000;
const maxBytes = 4 * 1024 ** 3;

/** A complete list at one resource version, from which a watch can start. */
export interface ListResult<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

/** What one page contributes to the list. */
interface Page<T> {
  readonly keys: string[];
  readonly views: T[];
  bytes: number;
  /** Problem of its first invalid item. */
  problem: string | null;
  /** The first error that `view` threw. */
  thrown: { readonly error: unknown } | null;
}

/**
 * Collects a list page by page. Refuses what no API server sends: a list that lacks an object must not look complete.
 */
export class CheckedList<T> {
  readonly #resource: RequestDescriptor;
  readonly #view: (object: unknown) => T | null;
  readonly #types: ReturnType<typeof objectTypesOf>;
  readonly #items: T[] = [];
  /** Objects so far, as namespace and name. */
  readonly #seen = new Set<string>();
  readonly #tokens = new Set<string>();
  #page: Page<T> = emptyPage();
  #bytes = 0;
  #resourceVersion: string | null = null;
  #expected = 0;

  constructor(resource: RequestDescriptor, view: (object: unknown) => T | null, metadataOnly: boolean) {
    this.#resource = resource;
    this.#view = view;
    this.#types = objectTypesOf(resource, metadataOnly);
  }

  /** Called for each attempt at a page: discards what an earlier attempt brought. */
  readonly beginPage = (): ((item: unknown, bytes: number) => void) => {
    const page = emptyPage<T>();
    this.#page = page;
    return (item, bytes) => {
      page.bytes += bytes;
      this.#add(item, page);
    };
  };

  /** Adds the page to the list; returns its continue token, empty at the end. Fails with CLUSTER_RESPONSE_INVALID. */
  endPage({ status, body }: ApiResponse): string {
    const metadata = this.#metadataOf(status, asObject(body));
    const { keys, views, problem, thrown } = this.#page;
    if (thrown) throw thrown.error;
    if (problem !== null) throw this.#invalid(problem);
    for (const key of keys) {
      if (this.#seen.has(key)) throw this.#invalid(`with ${excerpt(key)} twice`);
      this.#seen.add(key);
    }
    for (const view of views) this.#items.push(view);
    this.#bytes += this.#page.bytes;
    if (this.#seen.size > maxItems) throw this.#invalid(`with more than ${String(maxItems)} objects`);
    if (this.#bytes > maxBytes) throw this.#invalid(`with more than ${String(maxBytes)} bytes`);
    const { continue: token } = metadata;
    // A token of any other type would be taken for the end of the list.
    if (token !== undefined && token !== null && typeof token !== 'string')
      throw this.#invalid(`with a continue token that is a ${typeof token}`);
    const next = token ?? '';
    this.#checkVersion(asString(metadata.resourceVersion));
    this.#noteCount(metadata.remainingItemCount);
    this.#checkToken(next);
    return next;
  }

  /** Total length of the objects in the page, in bytes. */
  get pageBytes(): number {
    return this.#page.bytes;
  }

  /** Number of objects so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Number of objects in the whole list, as estimated by the first page; 0 if it gives none. */
  get expected(): number {
    return this.#expected;
  }

  /** The error for a list with fewer objects than the first page announced, which must not look complete. */
  shortage(): PluginError | null {
    if (this.size >= this.#expected) return null;
    const [count, expected] = [String(this.size), String(this.#expected)];
    return this.#invalid(`with ${count} objects in all, where its first page says ${expected} in all`);
  }

  result(): ListResult<T> {
    return { items: this.#items, resourceVersion: this.#resourceVersion ?? '' };
  }

  #add(item: unknown, page: Page<T>): void {
    if (page.problem !== null || page.thrown) return;
    const object = asObject(item);
    const { namespace, name } = asObject(object.metadata);
    const key = typeof namespace === 'string' && namespace !== '' ? `${namespace}/${asString(name)}` : asString(name);
    page.problem = this.#problemOf(object, namespace, name);
    if (page.problem !== null) return;
    page.keys.push(key);
    try {
      const view = this.#view(item);
      if (view !== null) page.views.push(view);
    } catch (error) {
      page.thrown = { error };
    }
  }

  #problemOf({ kind }: Json, namespace: unknown, name: unknown): string | null {
    // Items of built-in kinds have no kind; custom resources and metadata-only items do.
    if (kind !== undefined && !this.#types.some((type) => type.kind === kind))
      return `with an item of kind ${excerpt(kind)}`;
    if (typeof name !== 'string' || name === '') return 'with an item without a name';
    const asked = this.#resource.namespace;
    if (asked !== null && namespace !== asked) return `with ${excerpt(name)} of another namespace`;
    return null;
  }

  #metadataOf(status: number, list: Json): Json {
    const { kind, apiVersion, items } = list;
    if (status !== 200) throw this.#invalid(String(status));
    const type = this.#types.find((one) => `${one.kind}List` === kind && one.apiVersion === apiVersion);
    const metadata = asObject(list.metadata);
    // For an empty list of metadata, an API server writes `items: null`.
    if (type && (Array.isArray(items) || (items === null && metadata.resourceVersion !== undefined))) return metadata;
    const expected = this.#types.map((one) => `${one.apiVersion} ${one.kind}List`).join(' or ');
    throw this.#invalid(`with ${excerpt(kind)} of ${excerpt(apiVersion)}, not ${expected}`);
  }

  #checkVersion(resourceVersion: string): void {
    if (resourceVersion === '') throw this.#invalid('with a list without a resource version');
    this.#resourceVersion ??= resourceVersion;
    if (resourceVersion !== this.#resourceVersion)
      throw this.#invalid(
        `with pages of the resource versions ${excerpt(this.#resourceVersion)} and ${excerpt(resourceVersion)}`,
      );
  }

  /**
   * The first page says how many objects follow, unless they are selected by label. It is an estimate: kine, the
   * storage of k3s, reported too few for years, and the count may include an object that was added meanwhile.
   */
  #noteCount(remaining: unknown): void {
    const isFirst = this.#tokens.size === 0;
    if (isFirst && typeof remaining === 'number') this.#expected = this.size + remaining;
  }

  #checkToken(next: string): void {
    if (next === '') return;
    if (this.#tokens.has(next)) throw this.#invalid('with the same continue token twice');
    this.#tokens.add(next);
    if (this.#tokens.size >= maxPages) throw this.#invalid(`with more than ${String(maxPages)} pages`);
  }

  #invalid(what: string): PluginError {
    return new PluginError(
      'CLUSTER_RESPONSE_INVALID',
      `list ${this.#resource.resource} failed: the API server answered ${what}`,
      {
        hint: 'check that the address is that of a Kubernetes API server of version 1.21 or newer, and any proxy in between',
      },
    );
  }
}

function emptyPage<T>(): Page<T> {
  return { keys: [], views: [], bytes: 0, problem: null, thrown: null };
}
