import { expect } from 'chai';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { Answer, PodView, Unread } from '../../../../plugin/cluster/types.ts';
import type { EvidenceAnswer, EvidenceQuestion } from '../../../../plugin/discovery/evidence/question.ts';
import { clusterEvidence } from '../../../../plugin/discovery/evidence/reader.ts';

const type = prometheus.resources![0]!;
const keys = { commands: new Set<string>(), flags: new Map() };

/** A question about a backend of this namespace, with a custom resource and a Pod. */
function question(namespace: string, index = 0): EvidenceQuestion {
  const name = `n${String(index)}`;
  return {
    namespace,
    detector: 'prometheus',
    resource: { type, namespace, name, uid: null },
    pod: { namespace, name, selector: { app: name } },
    keys,
    changedAt: null,
  };
}

interface Scene {
  /** `Kind namespace` of every object that was asked for, in order. */
  readonly asked: string[];
  readonly read: (question: EvidenceQuestion) => Promise<EvidenceAnswer>;
  readonly maxAtOnce: () => number;
}

/** A cluster that answers as told, each time in a later turn of the event loop. */
function scene(answerOf: (kind: 'Prometheus' | 'Pod', namespace: string) => Answer<never> | 'value'): Scene {
  const asked: string[] = [];
  let now = 0;
  let most = 0;
  const get = async <T>(kind: 'Prometheus' | 'Pod', namespace: string, value: T): Promise<Answer<T>> => {
    asked.push(`${kind} ${namespace}`);
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    const answer = answerOf(kind, namespace);
    return answer === 'value' ? { value } : answer;
  };
  const read = clusterEvidence({
    customResource: ({ namespace }) => get('Prometheus', namespace, {}),
    pod: ({ namespace }) => get<PodView>('Pod', namespace, []),
  });
  return { asked, read, maxAtOnce: () => most };
}

const unread = (reason: Unread): Answer<never> => ({ unread: reason });

describe('plugin/discovery/evidence/reader', () => {
  it('reads only the custom resource when there is one', async () => {
    const { asked, read } = scene(() => 'value');

    expect(await read(question('a'))).to.deep.equal({ resource: { value: {} } });
    expect(asked).to.deep.equal(['Prometheus a']);
  });

  for (const reason of [
    'Forbidden',
    'NotFound',
    'NotServed',
    'NotItsOwn',
    'NotRecorded',
    'TooLarge',
    'Unavailable',
  ] as const)
    it(`reads a Pod when the custom resource is ${reason}`, async () => {
      const { asked, read } = scene((kind) => (kind === 'Pod' ? 'value' : unread(reason)));

      expect(await read(question('a'))).to.deep.equal({ resource: { unread: reason }, pod: { value: [] } });
      expect(asked).to.deep.equal(['Prometheus a', 'Pod a']);
    });

  it('asks only once for a kind that is not served', async () => {
    const { asked, read } = scene((kind) => (kind === 'Pod' ? 'value' : unread('NotServed')));

    for (const namespace of ['a', 'a', 'b', 'c']) await read(question(namespace));

    expect(asked.filter((one) => one.startsWith('Prometheus'))).to.deep.equal(['Prometheus a']);
  });

  it('asks once for a kind that is forbidden in a namespace, and still asks in another', async () => {
    const { asked, read } = scene((_kind, namespace) => (namespace === 'a' ? unread('Forbidden') : 'value'));

    const all = [];
    for (const namespace of ['a', 'a', 'a', 'b']) all.push(await read(question(namespace)));

    expect(asked).to.deep.equal(['Prometheus a', 'Pod a', 'Prometheus b']);
    expect(all.slice(0, 3)).to.deep.equal(all.slice(0, 3).fill(all[0]!));
    expect(all[3]).to.deep.equal({ resource: { value: {} } });
  });

  it('asks three times for a kind that is unavailable in a namespace, and still asks in another', async () => {
    const { asked, read } = scene((_kind, namespace) => (namespace === 'a' ? unread('Unavailable') : 'value'));

    for (let index = 0; index < 100; index += 1) await read(question('a', index));
    const other = await read(question('b'));

    expect(asked.filter((one) => one === 'Prometheus a')).to.have.length(3);
    expect(asked.filter((one) => one === 'Pod a')).to.have.length(3);
    expect(other).to.deep.equal({ resource: { value: {} } });
  });

  it('makes at most 16 requests at once, and hardly any more when nothing can be read', async () => {
    const { asked, read, maxAtOnce } = scene(() => unread('Unavailable'));

    await Promise.all(Array.from({ length: 400 }, (_, index) => read(question('a', index))));

    expect(maxAtOnce()).to.equal(16);
    // Two more may begin before the third failure of a kind.
    expect(asked.length).to.be.at.most(2 * 16 + 2);
  });

  it('serves namespaces in turn', async () => {
    const { asked, read } = scene(() => 'value');

    const flood = Array.from({ length: 400 }, (_, index) => read(question('flood', index)));
    await Promise.all([...flood, read(question('a')), read(question('b'))]);

    expect(asked.indexOf('Prometheus a')).to.be.below(20);
    expect(asked.indexOf('Prometheus b')).to.be.below(20);
  });

  it('asks about at most 500 backends per run', async () => {
    const { asked, read } = scene(() => 'value');

    const all = await Promise.all(Array.from({ length: 600 }, (_, index) => read(question('a', index))));

    expect(asked).to.have.length(500);
    expect(all[599]).to.deep.equal({ pod: { unread: 'Unavailable' } });
  });
});
