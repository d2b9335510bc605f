import type { DataMap } from '../../../lib/json.ts';
import { getOwn } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import { textsIn } from './placeholders.ts';
import type { MaybeKnown } from './subject.ts';
import { withoutTrailing } from '../../../lib/trailing.ts';

const elasticsearch = /\/_(?:search|cat|cluster)(?:\/.*)?$/;

/** Ends of paths of a product's own pages and API, by toolset: no product is served below one of them. */
const ownPaths: Readonly<Record<string, RegExp>> = {
  'prometheus/metrics': /\/(?:graph|targets|-\/(?:ready|healthy)|api\/v1(?:\/.*)?)$/,
  'grafana/loki': /\/(?:ready|loki\/api\/v1(?:\/.*)?)$/,
  'grafana/tempo': /\/(?:ready|v1\/traces|api\/(?:search|traces|echo)(?:\/.*)?)$/,
  'grafana/dashboards': /\/(?:explore|login|d\/.*|api\/(?:health|search|datasources))$/,
  'elasticsearch/data': elasticsearch,
  'elasticsearch/cluster': elasticsearch,
};

/** URLs that people copy with the path of a page or a request, below which HolmesGPT would query. */
export function urlPathIssues({ config }: DataMap, { limits, holmes }: MaybeKnown): ConsumerIssue[] {
  const own = getOwn(ownPaths, limits);
  if (own === undefined) return [];
  return textsIn(config, ['config']).flatMap(([path, text]): ConsumerIssue[] => {
    if (!/^(?:prometheus_|api_)?url$/.test(String(path.at(-1)))) return [];
    const [, base = '', inner = ''] = /^(https?:\/\/[^/?#]+)([^?#]*)/.exec(text) ?? [];
    const found = own.exec(withoutTrailing(inner, '/'));
    if (!found) return [];
    return [
      {
        path,
        part: 'value',
        effect: 'misdirected',
        message: `${holmes} adds the paths of its requests to ${path.join('.')}, and nothing answers below a path of the product itself`,
        hint: base.includes('@') ? 'write the URL without it' : `write ${base}${inner.slice(0, found.index)}`,
      },
    ];
  });
}
