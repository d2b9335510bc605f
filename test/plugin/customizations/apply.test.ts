import fc from 'fast-check';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { formatLocation } from '../../../plugin/lib/diagnostic.ts';
import type { DataMap } from '../../../plugin/lib/json.ts';
import { anyMap, frozen, reordered } from '../../support/data.ts';
import { failure } from '../../support/failure.ts';
import { changed } from '../../support/git.ts';

const prometheus = 'prometheus/metrics';
const loki = 'grafana/loki';
const instances = [
  { name: 'a/l', api_url: 'http://l.a.svc:3100' },
  { name: 'b/l', api_url: 'http://l.b.svc:3100' },
];
const generated = frozen({
  toolsets: {
    'kubernetes/core': { enabled: true },
    [loki]: { enabled: true, config: { instances } },
    [prometheus]: { enabled: true, config: { prometheus_url: 'http://p.a.svc:9090' } },
  },
  mcp_servers: { 'a/mcp': { config: { url: 'http://mcp.a.svc:80/mcp' } } },
});

describe('plugin/customizations/apply', () => {
  describe('merges', () => {
    it('without a change when Git contains nothing', () => {
      expect(changed(generated, {})).to.deep.include({ final: generated, findings: [] });
      expect(changed(generated, { 'overrides.yaml': '', 'patches.yaml': '' }).findings).to.be.empty;
    });

    it('aliases of anchors, and ignores comments', () => {
      const text = `# Of the platform team.
toolsets:
  ${prometheus}:
    config: # Both need the tenant.
      additional_headers: &tenant {X-Scope-OrgID: a}
  ${loki}: {config: {additional_headers: *tenant}}
`;

      const { final, findings } = changed(generated, { 'overrides.yaml': text });

      expect(final.toolsets[prometheus]).to.have.deep.nested.property('config.additional_headers', {
        'X-Scope-OrgID': 'a',
      });
      expect(final.toolsets[loki]).to.have.deep.nested.property('config.additional_headers', { 'X-Scope-OrgID': 'a' });
      expect(findings).to.be.empty;
    });

    const refused: readonly (readonly [string, string, string])[] = [
      [
        'a merge key',
        'toolsets:\n  a: &a {enabled: true}\n  b: {<<: *a}\n',
        '3:7 is a merge key, which is not supported',
      ],
      ['a prototype key', 'toolsets: {a: {__proto__: {x: 1}}}\n', '1:16 has the key __proto__, which is refused'],
      ['a constructor key', 'toolsets: {constructor: {x: 1}}\n', '1:12 has the key constructor, which is refused'],
      ['a tag', 'toolsets: {a: {b: !!binary aGk=}}\n', '1:28 has a tag, which is not supported'],
      [
        'nested aliases that expand to too much data',
        `toolsets:\n  a: {l: &a [${'x, '.repeat(1000)}x]}\n  b: {l: &b [${'*a, '.repeat(40)}*a]}\n  c: {l: [${'*b, '.repeat(40)}*b]}\n`,
        '1:1 has aliases that expand to too much data, or to themselves',
      ],
      [
        'more than 100 aliases',
        `toolsets:\n  a: {l: &a x}\n  b: {l: [${'*a, '.repeat(100)}*a]}\n`,
        '3:411 is alias number 101: more than 100 are refused',
      ],
    ];
    for (const [title, text, says] of refused) {
      it(`not ${title}`, async () => {
        const error = await failure(() => changed(generated, { 'overrides.yaml': text }));

        expect(error.code).to.equal('OVERRIDES_INVALID');
        expect(error.message).to.equal(`overrides.yaml:${says}`);
      });
    }

    it('names that every object inherits', () => {
      const overrides = {
        toolsets: { toString: { description: 'd' }, valueOf: null, hasOwnProperty: { enabled: true } },
      };

      const { final, findings } = changed({}, { 'overrides.yaml': overrides });

      expect(final.toolsets).to.deep.equal({ toString: { description: 'd' }, hasOwnProperty: { enabled: true } });
      expect(findings.map(({ message }) => message)).to.deep.equal(['removes what is not there']);
    });

    it('lists as a whole', () => {
      const { final } = changed(generated, {
        'overrides.yaml': override(loki, { config: { instances: instances.slice(1) } }),
      });

      expect(final.toolsets[loki]).to.deep.equal({ enabled: true, config: { instances: instances.slice(1) } });
    });

    it('a map over a text, five levels deep', () => {
      const deep = { a: { b: { c: { d: 1 } } } };

      const { final } = changed(generated, {
        'overrides.yaml': override(prometheus, { config: { prometheus_url: deep } }),
      });

      expect(final.toolsets[prometheus]).to.deep.equal({ enabled: true, config: { prometheus_url: deep } });
    });

    it('files one after the other', () => {
      const { final } = changed(generated, {
        'base.yaml': { toolsets: { [loki]: null, own: { a: 1, b: 1, c: { d: 1, e: 1 } } } },
        'overrides.yaml': { toolsets: { own: { b: 2, c: { d: null, f: 2 } } } },
        'last.yaml': { toolsets: { own: { c: { f: 3 } }, [loki]: { enabled: false } }, mcp_servers: { 'a/mcp': null } },
      });

      expect(final).to.deep.equal({
        toolsets: {
          'kubernetes/core': { enabled: true },
          [prometheus]: generated.toolsets[prometheus],
          own: { a: 1, b: 2, c: { e: 1, f: 3 } },
          [loki]: { enabled: false },
        },
        mcp_servers: {},
      });
    });

    it('nothing of a removed toolset into a later one', () => {
      const { final } = changed(generated, {
        'base.yaml': { toolsets: { [prometheus]: null } },
        'overrides.yaml': override(prometheus, { config: { verify_ssl: false } }),
      });

      expect(final.toolsets[prometheus]).to.deep.equal({ config: { verify_ssl: false } });
    });
  });

  describe('reports', () => {
    /** What it is about, Git's files, and what is said of which line. */
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
      [
        'a value that is already set',
        { 'overrides.yaml': `toolsets:\n  ${prometheus}:\n    config: {prometheus_url: "http://p.a.svc:9090"}\n` },
        [
          'overrides.yaml:3:14 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
        ],
      ],
      [
        'an endpoint that is already set, only as a note beside a credential, which it is trusted with',
        {
          'overrides.yaml': `toolsets:\n  ${prometheus}:\n    config: {prometheus_url: "http://p.a.svc:9090", additional_headers: {Authorization: "Bearer {{ env.T }}"}}\n`,
        },
        [
          'overrides.yaml:3:14 note OVERRIDE_UNUSED changes nothing but trust: this is there already; keep it, for the credential beside it only goes to an endpoint that Git names',
        ],
      ],
      [
        'an empty map that changes nothing',
        { 'overrides.yaml': `toolsets:\n  ${prometheus}: {}\n` },
        [
          'overrides.yaml:2:3 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
        ],
      ],
      [
        'a redundant `enabled` on its own, and only as a note beside other settings',
        {
          'overrides.yaml': `toolsets:\n  ${loki}: {enabled: true}\n  ${prometheus}: {enabled: true, config: {verify_ssl: true}}\n`,
        },
        [
          'overrides.yaml:2:18 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
          'overrides.yaml:3:24 note OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
        ],
      ],
      [
        'other redundant values, including a nested `enabled`',
        {
          'overrides.yaml': `toolsets:\n  own: {description: x, enabled: true, config: {enabled: true, a: 1}}\n`,
          'zzz.yaml': 'toolsets:\n  own: {description: x, meta: y, config: {enabled: true, b: 2}}\n',
        },
        [
          'zzz.yaml:2:9 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
          'zzz.yaml:2:43 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
        ],
      ],
      [
        'the removal of an unknown toolset, with the closest name',
        { 'overrides.yaml': 'toolsets:\n  # Not here.\n  grafana/lokki: null\n' },
        ['overrides.yaml:3:3 warning OVERRIDE_UNUSED removes what is not there; did you mean "grafana/loki"?'],
      ],
      [
        'the removal of a toolset that is built into HolmesGPT',
        { 'overrides.yaml': 'toolsets:\n  internet: null\n' },
        [
          'overrides.yaml:2:3 warning OVERRIDE_UNUSED removes what is not there: HolmesGPT 0.45 has it without being told; write {enabled: false}',
        ],
      ],
      [
        'the removal of a missing setting',
        { 'overrides.yaml': `toolsets:\n  ${prometheus}:\n    config:\n      verify_ssl: null\n` },
        ['overrides.yaml:4:7 warning OVERRIDE_UNUSED removes what is not there; remove it, or fix the name'],
      ],
      [
        'the removal of an unknown MCP server',
        { 'overrides.yaml': 'mcp_servers: {b/mcp: null}\n' },
        ['overrides.yaml:1:15 warning OVERRIDE_UNUSED removes what is not there; did you mean "a/mcp"?'],
      ],
      [
        'nothing for additions, changes and removals',
        {
          'overrides.yaml': `toolsets:\n  ${loki}: null\n  own: {description: d}\n  ${prometheus}: {config: {prometheus_url: "http://mimir"}}\n`,
        },
        [],
      ],
      [
        'a value that a later file replaces, as a note',
        {
          'base.yaml': `toolsets:\n  ${prometheus}:\n    config:\n      prometheus_url: http://base\n      verify_ssl: true\n`,
          'overrides.yaml': `toolsets: {${prometheus}: {config: {prometheus_url: http://environment}}}\n`,
        },
        [
          'base.yaml:4:7 note OVERRIDE_SHADOWED is replaced by overrides.yaml:1:42; remove one of the two, unless one is the rule and the other its exception',
        ],
      ],
      [
        'values that a later file removes, as a note each',
        {
          'base.yaml': 'toolsets:\n  own: {description: d, config: {a: 1}}\n',
          'overrides.yaml': 'toolsets: {own: null}\n',
        },
        [
          'base.yaml:2:9 note OVERRIDE_SHADOWED is replaced by overrides.yaml:1:12; remove one of the two, unless one is the rule and the other its exception',
          'base.yaml:2:34 note OVERRIDE_SHADOWED is replaced by overrides.yaml:1:12; remove one of the two, unless one is the rule and the other its exception',
        ],
      ],
      [
        'a removal that a later file undoes, as a note',
        {
          'base.yaml': `toolsets:\n  ${loki}: null\n`,
          'overrides.yaml': `toolsets: {${loki}: {config: {api_url: http://loki}}}\n`,
        },
        [
          'base.yaml:2:3 note OVERRIDE_SHADOWED is replaced by overrides.yaml:1:12; remove one of the two, unless one is the rule and the other its exception',
        ],
      ],
      [
        'instances of an earlier file that a URL replaces, as a note',
        {
          'base.yaml': `toolsets:\n  ${loki}:\n    config: {instances: []}\n`,
          'overrides.yaml': `toolsets: {${loki}: {config: {api_url: http://loki}}}\n`,
        },
        [
          'base.yaml:3:14 note OVERRIDE_SHADOWED is replaced by overrides.yaml:1:12; remove one of the two, unless one is the rule and the other its exception',
        ],
      ],
      [
        'the same value in two files',
        { 'base.yaml': 'toolsets: {own: {a: 1}}\n', 'overrides.yaml': 'toolsets: {own: {a: 1}}\n' },
        [
          'overrides.yaml:1:18 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name',
        ],
      ],
      [
        'an override that a patch replaces',
        {
          'overrides.yaml': `toolsets:\n  ${prometheus}: {config: {prometheus_url: http://a}}\n`,
          'patches.yaml': `- target: ${prometheus}\n  patch:\n    - {op: replace, path: /config/prometheus_url, value: http://b}\n`,
        },
        ['overrides.yaml:2:33 warning OVERRIDE_SHADOWED is replaced by patches.yaml:3:7; remove one of the two'],
      ],
      [
        'an override that a patch removes, alone or with its parent',
        {
          'overrides.yaml': `toolsets:\n  ${prometheus}: {config: {verify_ssl: true}}\n  ${loki}: {config: {verify_ssl: true}}\n`,
          'patches.yaml': `- {target: ${prometheus}, patch: [{op: remove, path: /config/verify_ssl}]}\n- {target: ${loki}, patch: [{op: remove, path: /config}]}\n`,
        },
        [
          'overrides.yaml:2:33 warning OVERRIDE_SHADOWED is replaced by patches.yaml:1:40; remove one of the two',
          'overrides.yaml:3:27 warning OVERRIDE_SHADOWED is replaced by patches.yaml:2:34; remove one of the two',
        ],
      ],
      [
        'a patch that undoes a removal',
        {
          'overrides.yaml': `toolsets:\n  ${prometheus}: {config: null}\n`,
          'patches.yaml': `- target: ${prometheus}\n  patch: [{op: add, path: /config, value: {}}]\n`,
        },
        ['overrides.yaml:2:24 warning OVERRIDE_SHADOWED is replaced by patches.yaml:2:11; remove one of the two'],
      ],
      [
        'an override that a patch copies over',
        {
          'overrides.yaml': `toolsets:\n  ${prometheus}: {config: {external_url: http://a}}\n`,
          'patches.yaml': `- target: ${prometheus}\n  patch: [{op: copy, from: /config/prometheus_url, path: /config/external_url}]\n`,
        },
        ['overrides.yaml:2:33 warning OVERRIDE_SHADOWED is replaced by patches.yaml:2:11; remove one of the two'],
      ],
      [
        'a patch that another one replaces, and only as a note across files',
        {
          'patches-a.yaml':
            '- {target: kubernetes/core, patch: [{op: add, path: /a, value: 1}]}\n- {target: kubernetes/core, patch: [{op: add, path: /a, value: 2}]}\n',
          'patches-b.yaml': '- {target: kubernetes/core, patch: [{op: add, path: /a, value: 3}]}\n',
        },
        [
          'patches-a.yaml:1:57 warning OVERRIDE_SHADOWED is replaced by patches-a.yaml:2:37; remove one of the two',
          'patches-a.yaml:2:57 note OVERRIDE_SHADOWED is replaced by patches-b.yaml:1:37; remove one of the two, unless one is the rule and the other its exception',
        ],
      ],
      [
        'a glob that another patch makes an exception to, as a note, and one that a patch for the same glob replaces',
        {
          'patches.yaml': `- {target: grafana/*, patch: [{op: replace, path: /enabled, value: false}]}
- {target: ${loki}, patch: [{op: replace, path: /enabled, value: true}]}
- {target: grafana/*, patch: [{op: add, path: /a, value: 1}]}
- {target: grafana/*, patch: [{op: add, path: /a, value: 2}]}
`,
        },
        [
          'patches.yaml:1:61 note OVERRIDE_SHADOWED is replaced by patches.yaml:2:34; remove one of the two, unless one is the rule and the other its exception',
          'patches.yaml:3:51 warning OVERRIDE_SHADOWED is replaced by patches.yaml:4:31; remove one of the two',
        ],
      ],
      [
        'nothing for the steps of one patch, nor for list items that it shifts',
        {
          'overrides.yaml': 'toolsets: {own: {tags: [a]}}\n',
          'patches.yaml': `- target: own
  patch:
    - {op: add, path: /config, value: {}}
    - {op: add, path: /config/a, value: 1}
    - {op: replace, path: /config/a, value: 2}
    - {op: remove, path: /config}
    - {op: add, path: /config, value: {b: 1}}
    - {op: add, path: /tags/0, value: b}
    - {op: move, from: /config/b, path: /b}
    - {op: test, path: /b, value: 1}
`,
        },
        [],
      ],
      [
        'a patch that changes nothing',
        {
          'patches.yaml': `- target: ${prometheus}\n  patch:\n    - {op: test, path: /enabled, value: true}\n    - {op: replace, path: /enabled, value: true}\n`,
        },
        ['patches.yaml:4:7 warning OVERRIDE_UNUSED changes nothing: this is there already; remove it, or fix the name'],
      ],
      [
        'nothing for a patch that removes a whole toolset that an override changes',
        {
          'overrides.yaml': `toolsets: {${loki}: {config: {verify_ssl: true}}}\n`,
          'patches.yaml': `- {target: ${loki}, patch: [{op: remove, path: ""}]}\n`,
        },
        [],
      ],
    ];
    for (const [title, files, says] of cases) {
      it(title, () => {
        const { findings } = changed(generated, files);

        expect(
          findings.map(
            ({ location, severity, code, message, hint }) =>
              `${formatLocation(location)} ${severity} ${code} ${message}; ${hint}`,
          ),
        ).to.deep.equal(says);
      });
    }
  });

  describe('for any overrides', () => {
    const overrides = fc.dictionary(
      fc.constantFrom(prometheus, loki, 'kubernetes/core', 'own', 'internet'),
      fc.oneof(anyMap.filter(isTakenFromGit), fc.constant(null)),
      { noNullPrototype: true },
    );

    it('gives the same result and findings whatever the order of keys in Git', () => {
      fc.assert(
        fc.property(overrides, overrides, (base, own) => {
          const one = changed(generated, { 'base.yaml': { toolsets: base }, 'overrides.yaml': { toolsets: own } });
          const other = changed(reordered(generated), {
            'base.yaml': { toolsets: reordered(base) },
            'overrides.yaml': { toolsets: reordered(own) },
          });
          const found = ({ findings }: typeof one): string[] =>
            findings
              .map(({ code, severity, message, hint }) =>
                [code, severity, message.replace(/:\d+:\d+/, ''), hint].join(),
              )
              .sort();

          expect(other.final).to.deep.equal(one.final);
          expect(found(other)).to.deep.equal(found(one));
        }),
      );
    });

    it('changes nothing with the same file a second time, and reports every part of it', () => {
      fc.assert(
        fc.property(overrides, (toolsets) => {
          const once = changed(generated, { 'overrides.yaml': { toolsets } });
          const twice = changed(generated, { 'a.yaml': { toolsets }, 'overrides.yaml': { toolsets } });
          const second = twice.findings.filter(({ location }) => location.file === 'overrides.yaml');

          expect(twice.final).to.deep.equal(once.final);
          expect(second.map(({ code }) => code)).to.deep.equal(Array(parts(toolsets)).fill('OVERRIDE_UNUSED'));
        }),
      );
    });

    it('does not modify generated toolsets', () => {
      fc.assert(
        fc.property(overrides, (toolsets) => {
          const before = JSON.stringify(generated);
          changed(generated, { 'overrides.yaml': { toolsets } });
          return JSON.stringify(generated) === before;
        }),
      );
    });

    it('contains what Git writes, and not what it removes', () => {
      fc.assert(
        fc.property(overrides, (toolsets) => {
          const { final } = changed(generated, { 'overrides.yaml': { toolsets } });
          return Object.entries(toolsets).every(([name, entry]) =>
            entry === null ? !Object.hasOwn(final.toolsets, name) : isWithin(entry, final.toolsets[name]),
          );
        }),
      );
    });
  });
});

function override(name: string, entry: DataMap): object {
  return { toolsets: { [name]: entry } };
}

/** Files from Git hold no such keys at all. */
function isTakenFromGit(data: DataMap): boolean {
  return !/"(?:<<|__proto__|constructor|prototype)":/.test(JSON.stringify(data));
}

/** How many changes a file is. */
function parts(toolsets: object): number {
  return Object.values(toolsets).reduce<number>((sum, one) => sum + partsOf(one), 0);
}

function partsOf(data: unknown): number {
  return typeof data !== 'object' || data === null || Array.isArray(data) ? 1 : parts(data) || 1;
}

function isWithin(patch: unknown, data: unknown): boolean {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return isDeepStrictEqual(patch, data);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  return Object.entries(patch).every(([key, one]) =>
    one === null ? !Object.hasOwn(data, key) : isWithin(one, (data as Record<string, unknown>)[key]),
  );
}
