import type { Candidate } from '../discovery/decision.ts';
import { urlOf } from '../discovery/decision.ts';
import type { Data } from '../settings/data.ts';
import { isMap } from '../settings/data.ts';

type Subject = Pick<Candidate, 'endpoint' | 'service'>;

/** Fills `${url} ${host} ${port} ${namespace} ${name}` in every text of a template; other `${…}` stay as they are. */
export function expandTemplate(template: Data, subject: Subject): Data {
  if (typeof template === 'string') return expandText(template, subject);
  if (Array.isArray(template)) return (template as readonly Data[]).map((item) => expandTemplate(item, subject));
  if (!isMap(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, expandTemplate(value, subject)]));
}

/** The same for one text. */
export function expandText(text: string, { endpoint, service }: Subject): string {
  const values: Readonly<Record<string, string>> = {
    url: urlOf(endpoint),
    host: endpoint.host,
    port: String(endpoint.port),
    namespace: service.namespace,
    name: service.name,
  };
  return text.replace(/\$\{(url|host|port|namespace|name)\}/g, (_, key: string) => values[key] ?? '');
}
