import { clipped, withoutUserInfo } from '../lib/messages/text.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';

/**
 * Limits on text from a Service's annotations that a model reads: parts of URLs and names, but no
 * sentences. A word is free unless it is common in paths and hosts of APIs, or is a number; a few free
 * words cannot form an instruction. The number of ids without three letters in a row, such as `eu1`, is
 * limited as well, because `d3l3t3-4ll-p0ds` is readable.
 */

/** Maximum length of a path, or of the host of an endpoint elsewhere. */
export const maxUntrustedText = 64;
export const maxFreeWords = 2;
const maxFreeWord = 24;
/** An id is a word without three letters in a row. */
const maxIds = 2;
const maxId = 12;

/** Allowed paths: no reader of the URL decodes, resolves or cuts off any part of them. */
const path = /^(?!.*\.\.)(?:\/(?!\.\/|\.$)[-A-Za-z0-9._~:]+)*\/?$/;

export const commonWords: ReadonlySet<string> = new Set(
  [
    'api apis app apps web http https rest graphql docs openapi swagger mcp sse svc service services server',
    'health healthz healthy healthcheck ready readyz readiness live livez liveness alive ping status info version up',
    'buildinfo metrics logs logsql traces trace tracing query frontend gateway read proxy select multitenant',
    'datasources uid resources namespaces tenant tenants team default main primary shared global central',
    'prom prometheus thanos mimir cortex loki tempo jaeger grafana alertmanager victoria victoriametrics',
    'victorialogs vmselect vmauth vmalert vmsingle elasticsearch opensearch rabbitmq kafka dashboards',
    'monitoring observability infra platform cluster local internal public private prod production stage staging',
    'dev test east west north south central com net org',
  ].flatMap((words) => words.split(' ')),
);

/** Allowed last parts of a path that only asks for health. */
export const healthWords: ReadonlySet<string> = new Set(
  [
    'health healthz healthy healthcheck ready readyz readiness live livez liveness alive ping up',
    'status state info version buildinfo',
  ].flatMap((words) => words.split(' ')),
);

/** Matches the first UUID in a text. */
const uuid = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/;
/** A number or a version. */
const number = /^(?:v?\d{1,12}|v\d{1,2}(?:alpha|beta)\d{1,2})$/;

/** Whether every reader of the path understands the same: no query, fragment, encoding, `..` or empty part. */
export function isPlainPath(text: string): boolean {
  return path.test(text);
}

/** Whether the text of an untrusted Service is accepted: short, lower case, few free words. */
export function isHarmlessText(text: string): boolean {
  if (text.length > maxUntrustedText || /[A-Z]/.test(text)) return false;
  const words = text
    .replace(uuid, '0')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !commonWords.has(word) && !number.test(word));
  const free = words.filter((word) => /[a-z]{3}/.test(word) || word.length > maxId);
  const isFew = free.length <= maxFreeWords && words.length - free.length <= maxIds;
  return isFew && free.every((word) => word.length <= maxFreeWord);
}

/** Whether a path only asks for health: a GET of some other paths changes something. */
export function asksForHealth(text: string): boolean {
  const last = text.replace(/\/$/, '').split('/').at(-1) ?? '';
  return last === '' || healthWords.has(last);
}

/** Why an annotation is refused whose text is not harmless. */
export function untrustedText(key: string, text: string, namespace: string): Reason {
  const values = { key, value: shown(text), length: maxUntrustedText, words: maxFreeWords, namespace };
  return because('UntrustedText', values);
}

/** A value as messages show it: without a login, in printable ASCII. */
export function shown(text: string): string {
  return JSON.stringify(clipped(withoutUserInfo(text), 80)).replace(/[^ -~\u2026]/g, '?');
}
