import { secretValues, withoutSecrets } from '../../secrets/index.ts';
import { parseLiveYaml } from '../../settings/yaml/parse.ts';

type ConfigMapData = Readonly<Record<string, string>>;

/**
 * The live data with `***` for secrets that the generated data does not contain: someone may have written them by hand,
 * and the differences may become a comment in a pull request. A text that cannot be read is not shown at all.
 */
export function shownData(live: ConfigMapData, generated: ConfigMapData): ConfigMapData {
  const files = Object.entries(generated).flatMap(([name, text]) => parseLiveYaml({ name, text }) ?? []);
  const known = new Set(files.flatMap((file) => [...secretValues(file)]));
  return Object.fromEntries(
    Object.entries(live).map(([name, text]) => {
      const file = parseLiveYaml({ name, text });
      return [name, file ? withoutSecrets(file, known) : notShown];
    }),
  );
}

const notShown = '# not shown: it is not valid YAML, and may contain a secret\n';
