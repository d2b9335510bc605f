import type { Candidate } from '../discovery/decision.ts';
import { urlOf } from '../discovery/decision.ts';
import type { Data } from '../lib/json.ts';
import { getOwn, isList, isMap } from '../lib/json.ts';

type Subject = Pick<Candidate, 'endpoint' | 'service'>;

/** Fills in `${url} ${host} ${port} ${namespace} ${name}` in every string of a template; other `${…}` are kept. */
export function expandTemplate(template: Data, subject: Subject): Data {
  return mapTexts(template, (text) => expandText(text, subject));
}

/** The same data with every string replaced, except for keys. */
export function mapTexts(data: Data, change: (text: string) => string): Data {
  if (typeof data === 'string') return change(data);
  if (isList(data)) return data.map((item) => mapTexts(item, change));
  if (!isMap(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mapTexts(value, change)]));
}

/** The same for a single string. */
function expandText(text: string, { endpoint, service }: Subject): string {
  const values: Readonly<Record<string, string>> = {
    url: urlOf(endpoint),
    host: endpoint.host,
    port: String(endpoint.port),
    namespace: service.namespace,
    name: service.name,
  };
  return text.replace(/\$\{(url|host|port|namespace|name)\}/g, (_, key: string) => getOwn(values, key) ?? '');
}
