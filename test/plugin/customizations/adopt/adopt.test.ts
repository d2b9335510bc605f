import { expect } from 'chai';
import fc from 'fast-check';
import { kubernautJson } from '../../../../plugin/consumers/kubernaut/json.ts';
import { kubernaut } from '../../../../plugin/consumers/kubernaut/yaml.ts';
import type { Consumer, ToolsetFile } from '../../../../plugin/consumers/consumer.ts';
import type { Adoption, AdoptionInputs } from '../../../../plugin/customizations/adopt/adopt.ts';
import { basisOf } from '../../../../plugin/customizations/basis/basis.ts';
import { adoptEdits } from '../../../../plugin/customizations/adopt/adopt.ts';
import { applyCustomizations } from '../../../../plugin/customizations/apply.ts';
import type { Data, DataMap, Path } from '../../../../plugin/lib/json.ts';
import { isMap } from '../../../../plugin/lib/json.ts';
import { valueAt } from '../../../../plugin/lib/data/json-pointer.ts';
import { parseData } from '../../../../plugin/lib/data/yaml11-reader.ts';
import { trustingAccess } from '../../../support/access.ts';
import { changesOf, holmesgpt045 } from '../../../support/git.ts';
import { grafana, prometheus } from '../../../support/objects.ts';
import { discoverFixture } from '../../discovery/fixture.ts';

const settings = { spec: { overrides: { files: ['overrides.yaml'] } } };

/** A consumer, and what a person may have in Git for it: each entry with the lines that it stands in. */
interface Form {
  readonly title: string;
  readonly target: object;
  readonly consumer: Consumer;
  readonly head: string;
  readonly entries: Readonly<Record<string, string>>;
  /** Keys of an entry that an edit may set. */
  readonly editable: readonly string[];
}

const forms: readonly Form[] = [
  {
    title: 'HolmesGPT',
    target: { format: 'holmesgpt', version: '0.45' },
    consumer: holmesgpt045,
    head: '# ours\ntoolsets:\n',
    entries: {
      'grafana/dashboards': '    grafana/dashboards:   {config: {timeout_seconds: 30}}   # slow\n',
      'prometheus/metrics':
        '    # by hand\n    prometheus/metrics:\n        config:\n            tool_calls_return_data:   "yes"   # ok\n',
      own: "    own:\n        description:   'mine'\n        tools: [ ]\n\n",
      off: '    off: {enabled: false , description: x}\n',
    },
    editable: ['enabled', 'description', 'config', 'extra'],
  },
  {
    title: 'Kubernaut',
    target: { format: 'kubernaut' },
    consumer: kubernaut,
    head: '# ours\n',
    entries: {
      prometheus: 'prometheus:   {config: {timeout: 30}}   # slow\n',
      shop: 'shop:\n    enabled:   true   # by hand\n    config: { url: "http://shop" }\n\n',
      grafana: 'grafana: {enabled: false}\n',
    },
    editable: ['enabled', 'config', 'extra'],
  },
  {
    title: 'Kubernaut (JSON)',
    target: { format: 'kubernaut-json' },
    consumer: kubernautJson,
    head: '# ours\n',
    entries: {
      'mine/prometheus': 'mine/prometheus:   {metadata: {team: a}}   # slow\n',
      'mine/grafana': 'mine/grafana: {enabled:   false}\n',
      shop: "shop:\n    type:   'shop'   # by hand\n    endpoint: http://shop\n    description: Shop\n",
    },
    editable: ['type', 'description', 'metadata', 'extra'],
  },
];

for (const { title, target, consumer, head, entries, editable } of forms) {
  describe(`plugin/customizations/adopt for ${title}`, () => {
    const original = `${head}${Object.values(entries).join('')}`;
    let inputs: Omit<AdoptionInputs, 'customizations'>;

    before(async () => {
      const items = [prometheus('mine'), prometheus('theirs'), grafana('mine')];
      const { admitted } = await discoverFixture({ items, spec: { target } });
      const customizations = changesOf({});
      const basis = basisOf(admitted, { customizations, consumer, access: trustingAccess }, false);
      inputs = {
        generated: consumer.generate(admitted, trustingAccess),
        basis,
        consumer,
        access: trustingAccess,
        discovery: { admitted },
        settings,
      };
    });

    /** What the live ConfigMap says once Argo CD has applied what is in Git. */
    function live(text: string): ToolsetFile {
      const customizations = changesOf({ 'overrides.yaml': text }, consumer);
      const { final } = applyCustomizations(inputs.generated.file, customizations, consumer);
      return consumer.read(consumer.data(final, 'k', null), 'k')!;
    }

    function adopt(text: string, wanted: ToolsetFile): Adoption {
      return adoptEdits({ ...inputs, customizations: changesOf({ 'overrides.yaml': text }, consumer) }, wanted, text);
    }

    const value = fc.oneof(
      fc.boolean(),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom('a', 'no', 'x: y'),
      fc.dictionary(fc.constantFrom('a', 'url'), fc.constantFrom('b', 'c'), { maxKeys: 2, noNullPrototype: true }),
    );
    const edit = fc.record({
      entry: fc.constantFrom(...Object.keys(entries), 'fresh'),
      change: fc.oneof(
        fc.constant(null),
        fc.record({ key: fc.constantFrom(...editable), inner: fc.constantFrom(null, 'a', 'url'), value }),
      ),
    });
    const edits = fc.uniqueArray(edit, { minLength: 1, maxLength: 3, selector: ({ entry }) => entry });

    function edited(file: ToolsetFile, all: readonly Edit[]): ToolsetFile {
      const toolsets = all.reduce<DataMap>((map, { entry, change }) => {
        const { [entry]: before, ...others } = map;
        if (change === null) return others;
        const made = before ?? (consumer === kubernaut ? { toolset: entry } : {});
        const { key, inner } = change;
        const old = isMap(made) && isMap(made[key]) ? made[key] : {};
        return {
          ...others,
          [entry]: { ...(made as DataMap), [key]: inner === null ? change.value : { ...old, [inner]: change.value } },
        };
      }, file.toolsets);
      return { ...file, toolsets };
    }

    const options = { numRuns: 30 };

    it('leaves the file unchanged when nothing was edited', () => {
      expect(adopt(original, live(original))).to.deep.equal({ text: original, inexpressible: [], replaced: [] });
    });

    it('produces the edited toolsets, and is up to date afterwards', () => {
      fc.assert(
        fc.property(edits, (all) => {
          const wanted = edited(live(original), all);

          const { text, inexpressible } = adopt(original, wanted);

          expect(inexpressible).to.deep.equal([]);
          expect(live(text)).to.deep.equal(wanted);
          expect(adopt(text, wanted)).to.deep.equal({ text, inexpressible: [], replaced: [] });
        }),
        options,
      );
    });

    it('keeps every line of an unedited entry byte for byte', () => {
      fc.assert(
        fc.property(edits, (all) => {
          const { text } = adopt(original, edited(live(original), all));

          const others = Object.keys(entries).filter((name) => all.every(({ entry }) => entry !== name));
          expect(text.startsWith(head)).to.equal(true);
          for (const name of others) expect(text).to.include(entries[name]!.trimEnd());
        }),
        options,
      );
    });

    it('writes no redundant key', () => {
      fc.assert(
        fc.property(edits, (all) => {
          const wanted = edited(live(original), all);

          const written = parseData(adopt(original, wanted).text)!;

          const before = parseData(original)!;
          for (const path of leavesOf(written).filter((one) => valueAt(before, one) !== valueAt(written, one))) {
            expect(live(JSON.stringify(without(written, path))), path.join('.')).not.to.deep.equal(wanted);
          }
        }),
        options,
      );
    });
  });
}

describe('plugin/customizations/adopt/adopt', () => {
  type Change = (live: DataMap) => DataMap;

  /** What becomes of the last of these files of overrides. */
  async function adoption(
    consumer: Consumer,
    target: object,
    files: Readonly<Record<string, string>>,
    change: Change,
  ): Promise<Adoption> {
    const items = [prometheus('mine'), prometheus('theirs')];
    const { admitted } = await discoverFixture({ items, spec: { target } });
    const generated = consumer.generate(admitted, trustingAccess);
    const customizations = changesOf(files, consumer);
    const { final } = applyCustomizations(generated.file, customizations, consumer);
    const live = consumer.read(consumer.data(final, 'k', null), 'k')!;
    const names = customizations.overrides.map(({ file }) => file.name);
    return adoptEdits(
      {
        generated,
        basis: basisOf(admitted, { customizations, consumer, access: trustingAccess }, false),
        customizations,
        consumer,
        access: trustingAccess,
        discovery: { admitted },
        settings: { spec: { overrides: { files: names } } },
      },
      { ...live, toolsets: change(live.toolsets) },
      files[names.at(-1)!]!,
    );
  }

  async function adopted(consumer: Consumer, target: object, text: string, change: Change): Promise<string> {
    return (await adoption(consumer, target, { 'overrides.yaml': text }, change)).text;
  }

  const holmes = { format: 'holmesgpt', version: '0.45' };
  const metrics = 'prometheus/metrics';

  it('writes a URL without mentioning the instances that it replaces', async () => {
    const config = { prometheus_url: 'http://mimir' };

    const text = await adopted(holmesgpt045, holmes, '', (live) => ({ ...live, [metrics]: { enabled: true, config } }));

    expect(parseData(text)).to.deep.equal({ toolsets: { [metrics]: { config } } });
  });

  it('writes a URL together with the instances that it would otherwise displace, and nothing else', async () => {
    const text = await adopted(holmesgpt045, holmes, '', (live) => {
      const { config, ...entry } = live[metrics] as { readonly config: DataMap };
      return { ...live, [metrics]: { ...entry, config: { ...config, prometheus_url: 'http://mimir' } } };
    });

    const { toolsets } = parseData(text) as { readonly toolsets: DataMap };
    expect(Object.keys(toolsets[metrics] as DataMap)).to.deep.equal(['config']);
    expect(Object.keys((toolsets[metrics] as { config: DataMap }).config).sort()).to.deep.equal([
      'instances',
      'prometheus_url',
    ]);
  });

  it('changes one line of an entry and keeps its comment when one value was edited', async () => {
    const text = 'shop:\n   enabled:   true   # by hand\n   config: {url:   "http://shop"}  # old\n';

    const after = await adopted(kubernaut, { format: 'kubernaut' }, text, (live) => ({
      ...live,
      shop: { ...(live.shop as DataMap), enabled: false },
    }));

    expect(after).to.equal(text.replace('enabled:   true   #', 'enabled: false #'));
  });

  it('restores a tool that Git disables when it was added by hand', async () => {
    const text = 'mine/prometheus: {enabled: false, description: Mine}\n';
    const tool = {
      type: 'prometheus',
      endpoint: 'http://prometheus.mine.svc.cluster.local:9090',
      description: 'Mine',
      metadata: { detector: 'prometheus' },
    };

    const after = await adopted(kubernautJson, { format: 'kubernaut-json' }, text, (live) => ({
      ...live,
      'mine/prometheus': tool,
    }));

    expect(parseData(after)).to.deep.equal({ 'mine/prometheus': { description: 'Mine' } });
  });

  describe('when another overrides file comes first', () => {
    const json = { format: 'kubernaut-json' };
    const [own, mine] = ['shop', 'mine/prometheus'];
    const tool = { type: 'shop', endpoint: 'http://shop', description: 'Shop' };

    it('changes only the last file, which overrides what the first one sets', async () => {
      const files = { 'base.yaml': JSON.stringify({ shop: tool }), 'team.yaml': '# ours\n' };

      const changed = await adoption(kubernautJson, json, files, (live) => ({
        ...live,
        [own]: { ...tool, type: 'b' },
      }));
      const removed = await adoption(kubernautJson, json, files, ({ shop: _, ...others }) => others);

      expect(parseData(changed.text)).to.deep.equal({ shop: { type: 'b' } });
      expect(parseData(removed.text)).to.deep.equal({ shop: null });
      expect([...changed.inexpressible, ...removed.inexpressible]).to.deep.equal([]);
    });

    it('restores a tool that the first file disables by `enabled`, which this consumer does not print', async () => {
      const files = { 'base.yaml': `${mine}: {enabled: false}\n`, 'team.yaml': '' };
      const live = (await adoption(kubernautJson, json, { 'overrides.yaml': '' }, (all) => all)).text;
      expect(live).to.equal('');
      const wanted = {
        type: 'prometheus',
        endpoint: 'http://prometheus.mine.svc.cluster.local:9090',
        description: 'Prometheus of this cluster (mine/prometheus)',
        metadata: { detector: 'prometheus' },
      };

      const { text, inexpressible } = await adoption(kubernautJson, json, files, (all) => ({ ...all, [mine]: wanted }));

      expect(inexpressible).to.deep.equal([]);
      expect(parseData(text)).to.deep.equal({ [mine]: { enabled: true } });
    });

    it('does not add `enabled` when a toolset differs for another reason', async () => {
      const files = { 'base.yaml': JSON.stringify({ shop: tool }), 'team.yaml': '' };

      const { text, inexpressible } = await adoption(kubernautJson, json, files, (live) => ({
        ...live,
        [own]: { ...tool, metadata: { a: null } },
      }));

      expect(text).not.to.include('enabled');
      expect(inexpressible).to.have.length(1);
      expect(inexpressible[0])
        .to.match(/^\/toolsets\/shop\/metadata/)
        .and.include('null in an override removes');
    });
  });

  it('names the file that prevents the edit when a patch does not apply to the edited toolset', async () => {
    const patch = [
      { op: 'test', path: '/config/url', value: 'http://shop' },
      { op: 'add', path: '/config/team', value: 'a' },
    ];
    const files = {
      'overrides.yaml': 'shop: {enabled: true, config: {url: http://shop}}\n',
      'patches.yaml': JSON.stringify([{ target: 'shop', patch }]),
    };

    const { text, inexpressible } = await adoption(kubernaut, { format: 'kubernaut' }, files, (live) => ({
      ...live,
      shop: { ...(live.shop as DataMap), config: { url: 'http://other' } },
      other: { toolset: 'other', enabled: true },
    }));

    expect(inexpressible).to.deep.equal([
      '/toolsets/shop of the live ConfigMap cannot be an override: patches.yaml comes after the overrides and changes it again; no edit of shop is adopted',
    ]);
    expect(text).to.equal(`${files['overrides.yaml']}other:\n  enabled: true\n`);
  });

  describe('values that an overrides file cannot hold', () => {
    let deep: Data = 1;
    for (let level = 0; level < 80; level += 1) deep = { d: deep };
    const kept = '# ours\ntoolsets:\n  shop: {description: a}\n';

    for (const [title, own, inside, why] of [
      [
        'a number that cannot be kept exactly',
        { config: { id: 2 ** 60 } },
        '/config/id',
        'it is a number too large to be kept exactly',
      ],
      ['an infinite number in a list', { list: [1, Infinity] }, '/list/1', 'it is not a finite number'],
      [
        'a forbidden key',
        JSON.parse('{"config": {"constructor": 1}}') as Data,
        '/config',
        'it has the key constructor, which is refused',
      ],
      ['too many levels', { config: deep }, `/config${'/d'.repeat(15)}`, 'it is nested more than 64 levels deep'],
      ['an entry that is not a map', 5, '', 'a toolset is a map'],
      [
        'a key that the consumer rejects',
        { config: { 'a.b': 1 } },
        '',
        'toolsets.own.config has the key "a.b"; HolmesGPT refuses keys with a dot',
      ],
    ] as const) {
      it(`skips only that entry, and reports why, for ${title}`, async () => {
        const { text, inexpressible } = await adoption(holmesgpt045, holmes, { 'overrides.yaml': kept }, (live) => ({
          ...live,
          own,
          shop: { description: 'b' },
        }));

        expect(text).to.equal(kept.replace('description: a', 'description: b'));
        expect(inexpressible).to.deep.equal([
          `/toolsets/own${inside} of the live ConfigMap cannot be an override: ${why}; no edit of own is adopted`,
        ]);
      });
    }

    it('reports that a removed key is generated in another form when it is always generated', async () => {
      const { inexpressible } = await adoption(
        kubernaut,
        { format: 'kubernaut' },
        { 'overrides.yaml': '' },
        (live) => ({
          ...live,
          own: { enabled: true },
        }),
      );

      expect(inexpressible).to.deep.equal([
        '/toolsets/own/toolset of the live ConfigMap cannot be an override: it is generated in another form',
      ]);
    });
  });

  it('does not mistake a text that contains null for null', async () => {
    const patch = [{ op: 'add', path: '/config/team', value: 'a' }];
    const files = {
      'overrides.yaml': 'shop: {enabled: true, config: {team: b}}\n',
      'patches.yaml': JSON.stringify([{ target: 'shop', patch }]),
    };

    const { inexpressible } = await adoption(kubernaut, { format: 'kubernaut' }, files, (live) => ({
      ...live,
      shop: { ...(live.shop as DataMap), config: { team: 'nullable' } },
    }));

    expect(inexpressible).to.deep.equal([
      '/toolsets/shop/config/team of the live ConfigMap cannot be an override: patches.yaml comes after the overrides and changes it again',
    ]);
  });

  it('writes shared values of the live file without anchors', async () => {
    const shared = { a: 1 };

    const text = await adopted(kubernaut, { format: 'kubernaut' }, '# ours\n', (live) => ({
      ...live,
      one: { toolset: 'one', config: shared },
      two: { toolset: 'two', config: shared },
    }));

    expect(text).not.to.match(/[&*]/);
  });

  it('expands an alias that prevents the edit', async () => {
    const text = 'shop: &shop {enabled: true, config: {a: 1}}\nother: *shop\n';

    const after = await adopted(kubernaut, { format: 'kubernaut' }, text, (live) => ({
      ...live,
      shop: { ...(live.shop as DataMap), enabled: false },
    }));

    expect(parseData(after)).to.deep.equal({
      shop: { enabled: false, config: { a: 1 } },
      other: { enabled: true, config: { a: 1 } },
    });
  });

  it('tries to omit about 500 keys at most, however many entries were edited', async () => {
    let runs = 0;
    const counting: Consumer = {
      ...kubernaut,
      data: (...args) => {
        runs += 1;
        return kubernaut.data(...args);
      },
    };
    const large = (size: number): DataMap => ({
      enabled: true,
      config: Object.fromEntries(Array.from({ length: size }, (_, index) => [`key${String(index)}`, index])),
    });
    const small = Array.from({ length: 9 }, (_, index) => [`small${String(index)}`, large(49)]);
    const edited = { ...(Object.fromEntries(small) as DataMap), full: large(99), next: large(199) };

    const after = await adopted(counting, { format: 'kubernaut' }, '', (live) => ({ ...live, ...edited }));

    expect(parseData(after)).to.deep.equal(edited);
    expect(runs).to.be.within(500, 520);
  });
});

interface Edit {
  readonly entry: string;
  readonly change: { readonly key: string; readonly inner: string | null; readonly value: Data } | null;
}

function leavesOf(data: Data): Path[] {
  if (!isMap(data) || Object.keys(data).length === 0) return [[]];
  return Object.entries(data).flatMap(([key, one]) => leavesOf(one).map((path) => [key, ...path]));
}

function without(data: Data, [key = '', ...rest]: Path): Data {
  const { [String(key)]: value = null, ...others } = data as DataMap;
  return rest.length === 0 ? others : { ...others, [String(key)]: without(value, rest) };
}
