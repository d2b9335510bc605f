import type { Candidate } from '../discovery/decision.ts';
import { urlOf } from '../discovery/decision.ts';
import type { Data, DataMap } from '../lib/json.ts';
import { getOwn, isList, isMap } from '../lib/json.ts';

type Subject = Pick<Candidate, 'endpoint' | 'service'>;

/** The entry of a user's own toolset, with its template filled in for a backend; `null` for any other toolset. */
export function ownEntryOf(backend: Candidate): DataMap | null {
  const { template } = backend.detector;
  return template === undefined ? null : (expandTemplate(template as Data, backend) as DataMap);
}

/** Fills in `${url} ${host} ${port} ${namespace} ${name}` in every string of a template; other `${…}` are kept. */
function expandTemplate(template: Data, subject: Subject): Data {
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
