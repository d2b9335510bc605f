import { expect } from 'chai';
import { parse } from 'yaml';
import type { Consumer, CredentialPolicy } from '../../../plugin/consumers/consumer.ts';
import { discoverFixture } from '../discovery/fixture.ts';

const key = 'values.yaml';
const access: CredentialPolicy = {
  credentials: {},
  isTrusted: () => true,
  certificates: 'public',
  clusterDomain: 'cluster.local',
};

/** What a consumer that reads values prints for a cluster, which it reads back as it was; and codes of what it cannot use. */
export async function printedValues(
  consumer: Consumer,
  format: string,
  items: Parameters<typeof discoverFixture>[0]['items'],
  given: Partial<CredentialPolicy> = {},
  spec: object = {},
): Promise<{ readonly values: unknown; readonly unusable: readonly string[] }> {
  const { admitted } = await discoverFixture({ items, spec: { ...spec, target: { format } } });
  const { file, unusable } = consumer.generate(admitted, { ...access, ...given });
  const data = consumer.data(file, key, null);
  expect(consumer.read(data, key)).to.deep.equal(file);
  return { values: parse(data[key] ?? ''), unusable: unusable.map(({ code }) => code) };
}
