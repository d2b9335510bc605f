import { dump, load } from 'js-yaml';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import type { Data } from '../../plugin/lib/json.ts';
import { renderYaml } from '../../plugin/lib/data/yaml-writer.ts';
import type { Writer } from './rendering.ts';

/** Each writes the text and makes sure that it says what was meant, as renderYaml does. */
const writers: Readonly<Record<Writer, (data: Data) => boolean>> = {
  renderYaml: (data) => renderYaml(data) !== '',
  'js-yaml: dump, load': (data) => isDeepStrictEqual(load(dump(data)), data),
  'yaml: stringify, parse': (data) => isDeepStrictEqual(parse(stringify(data)), data),
  'JSON: stringify, parse': (data) => isDeepStrictEqual(JSON.parse(JSON.stringify(data)), data),
};

const count = 1_000;
const runs = 15;

const [, , name = ''] = process.argv;
const write = writers[name as Writer];
const file = { toolsets: toolsets() };
const times = Array.from({ length: runs }, () => {
  const start = performance.now();
  if (!write(file)) throw new Error(`${name} did not read back what it wrote`);
  return performance.now() - start;
});
console.log(JSON.stringify(times));

/** As `type: http` has them, with the longest names that are usual. */
function toolsets(): Data {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const [team, api] = [`team-${String(index % 40)}`, `api-${String(index)}`];
      const url = `http://${api}.${team}.svc.cluster.local:8080`;
      const endpoint = { hosts: [url], paths: ['/api/v2/*'], methods: ['GET'], health_check_url: `${url}/health` };
      const description = `HTTP API of this cluster (${team}/${api})`;
      return [`${team}/${api}`, { enabled: true, type: 'http', description, config: { endpoints: [endpoint] } }];
    }),
  );
}
