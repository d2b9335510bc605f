import type { Consumer, CredentialPolicy, ToolsetFile } from '../../../../plugin/consumers/consumer.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { discoverFixture } from '../../discovery/fixture.ts';

export const key = 'toolset.json';

const access: CredentialPolicy = {
  credentials: {},
  isTrusted: (namespace) => namespace === 'monitoring',
  certificates: 'public',
  clusterDomain: 'cluster.local',
};
interface Given {
  readonly needsCredential?: boolean;
  readonly credentials?: CredentialPolicy['credentials'];
  /** The text of Git's overrides. */
  readonly overrides?: string | null;
}

interface Said {
  readonly data: Readonly<Record<string, string>>;
  readonly file: ToolsetFile;
  readonly unusable: readonly string[];
}

/** What the ConfigMap says of these Services, and what cannot be used. */
export async function said(
  consumer: Consumer,
  items: readonly KubeObject[],
  { needsCredential = false, credentials = {}, overrides = null }: Given = {},
): Promise<Said> {
  const { admitted } = await discoverFixture({ items, spec: { discovery: { instances: 'all' } } });
  const known = admitted.map((candidate) => ({ ...candidate, needsCredential }));
  const { file, unusable } = consumer.generate(known, { ...access, credentials });
  consumer.assertAccepted(file);
  return { data: consumer.data(file, key, overrides), file, unusable: unusable.map(({ message }) => message) };
}
