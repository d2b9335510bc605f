import fc from 'fast-check';
import { expect } from 'chai';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import type { Data, DataMap } from '../../../../plugin/lib/json.ts';
import type { CustomizedToolsets } from '../../../../plugin/customizations/apply.ts';
import { anyData, anyMap, frozen } from '../../../support/data.ts';
import { failure } from '../../../support/failure.ts';
import { changed } from '../../../support/git.ts';

type Operations = readonly Readonly<Record<string, unknown>>[];

const prometheus = 'prometheus/metrics';
const instances = [
  { name: 'a/p', prometheus_url: 'http://p.a.svc:9090' },
  { name: 'b/p', prometheus_url: 'http://p.b.svc:9090' },
];
const generated = frozen({
  toolsets: {
    'grafana/dashboards': { enabled: true, config: { api_url: 'http://g.a.svc:80' } },
    'grafana/loki': { enabled: true, config: { api_url: 'http://l.a.svc:3100' } },
    [prometheus]: { enabled: true, config: { instances, additional_headers: { 'X-Scope-OrgID': 'a' } } },
  },
  mcp_servers: { 'a/mcp': { config: { url: 'http://mcp.a.svc:80/mcp' } } },
});

describe('plugin/customizations/patches/patches', () => {
  describe('applies the examples in the appendix of RFC 6902', () => {
    /** Its title, the document, the patch, and what becomes of it. */
    const cases: readonly (readonly [string, DataMap, Operations, DataMap])[] = [
      ['A.1', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
      ['A.2', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
      ['A.3', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
      ['A.4', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
      ['A.5', { baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
      [
        'A.6',
        { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
        [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
        { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
      ],
      [
        'A.7',
        { foo: ['all', 'grass', 'cows', 'eat'] },
        [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
        { foo: ['all', 'cows', 'eat', 'grass'] },
      ],
      [
        'A.8',
        { baz: 'qux', foo: ['a', 2, 'c'] },
        [
          { op: 'test', path: '/baz', value: 'qux' },
          { op: 'test', path: '/foo/1', value: 2 },
        ],
        { baz: 'qux', foo: ['a', 2, 'c'] },
      ],
      [
        'A.10',
        { foo: 'bar' },
        [{ op: 'add', path: '/child', value: { grandchild: {} } }],
        { foo: 'bar', child: { grandchild: {} } },
      ],
      ['A.14', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
      [
        'A.16',
        { foo: ['bar'] },
        [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
        { foo: ['bar', ['abc', 'def']] },
      ],
    ];
    for (const [title, document, patch, result] of cases) {
      it(title, () => {
        expect(patched(document, patch)).to.deep.equal(result);
      });
    }

    const failing: readonly (readonly [string, DataMap, Operations, string])[] = [
      [
        'A.9',
        { baz: 'qux' },
        [{ op: 'test', path: '/baz', value: 'bar' }],
        'test /baz of own fails: the value there is different',
      ],
      [
        'A.12',
        { foo: 'bar' },
        [{ op: 'add', path: '/baz/bat', value: 'qux' }],
        'add /baz/bat of own fails: there is nothing at /baz',
      ],
      [
        'A.15',
        { '/': 9, '~1': 10 },
        [{ op: 'test', path: '/~01', value: '10' }],
        'test /~01 of own fails: the value there is a number, not a string',
      ],
    ];
    for (const [title, document, patch, says] of failing) {
      it(`${title}, which fails`, async () => {
        const error = await failure(() => patched(document, patch));

        expect(error.code).to.equal('PATCH_FAILED');
        expect(error.message).to.equal(`patches.yaml:1:27 ${says}`);
      });
    }

    it('A.13, which is not a valid patch', async () => {
      const text = '- target: own\n  patch:\n    - {op: add, path: /baz, value: qux, op: remove}\n';

      const error = await failure(() => changed({}, { 'patches.yaml': text }));

      expect(error.code).to.equal('PATCHES_INVALID');
      expect(error.message).to.equal('patches.yaml:3:41 repeats the key "op" of the same map');
    });

    it('except A.11, as an unknown member may be misspelt', async () => {
      const patch = [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }];

      const error = await failure(() => patched({ foo: 'bar' }, patch));

      expect(error.message).to.equal('patches.yaml:1:67 0.patch.0: unknown key "xyz"');
    });
  });

  describe('targets', () => {
    const disable = [{ op: 'replace', path: '/enabled', value: false }];
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['grafana/loki', ['grafana/loki']],
      ['grafana/*', ['grafana/dashboards', 'grafana/loki']],
      ['*/metrics', [prometheus]],
      ['*', ['grafana/dashboards', 'grafana/loki', prometheus]],
    ];
    for (const [target, names] of cases) {
      it(`match ${names.join(', ')} for ${target}`, () => {
        const { final } = apply([{ target, patch: disable }]);

        const disabled = Object.entries(final.toolsets).filter(([, entry]) => !(entry as { enabled: boolean }).enabled);
        expect(disabled.map(([name]) => name)).to.deep.equal(names);
        expect(final.mcp_servers).to.deep.equal(generated.mcp_servers);
      });
    }

    for (const target of ['mcp_servers/a/mcp', 'mcp_servers/*', 'mcp_servers/a/*']) {
      it(`match MCP servers for ${target}`, () => {
        const { final } = apply([{ target, patch: [{ op: 'add', path: '/enabled', value: false }] }]);

        expect(final.mcp_servers['a/mcp']).to.have.property('enabled', false);
        expect(final.toolsets).to.deep.equal(generated.toolsets);
      });
    }

    it('may be toolsets that overrides add', () => {
      const { final } = changed(generated, {
        'overrides.yaml': { toolsets: { own: { description: 'd', enabled: true } } },
        'patches.yaml': [{ target: 'own', patch: disable }],
      });

      expect(final.toolsets.own).to.deep.equal({ description: 'd', enabled: false });
    });

    it('exclude what overrides remove', () => {
      const { findings } = changed(generated, {
        'overrides.yaml': { toolsets: { 'grafana/loki': null } },
        'patches.yaml': [{ target: 'grafana/loki', patch: disable }],
      });

      expect(findings.map(({ message }) => message)).to.deep.equal(['patches "grafana/loki", which is not there']);
    });

    it('exclude what an earlier patch removed', () => {
      const { final, findings } = apply([
        { target: 'grafana/loki', patch: [{ op: 'remove', path: '' }] },
        { target: 'grafana/loki', patch: disable },
      ]);

      expect(Object.keys(final.toolsets)).to.deep.equal(['grafana/dashboards', prometheus]);
      expect(findings.map(({ message }) => message)).to.deep.equal(['patches "grafana/loki", which is not there']);
    });

    it('that do not exist are reported at their line, with the closest name', () => {
      const text = '- target: grafana/lokki\n  patch: [{op: remove, path: /config}]\n';

      const { final, findings } = changed(generated, { 'patches.yaml': text });

      expect(final).to.deep.equal(generated);
      expect(findings).to.deep.equal([
        {
          code: 'OVERRIDE_UNUSED',
          severity: 'warning',
          location: { file: 'patches.yaml', line: 1, column: 3 },
          message: 'patches "grafana/lokki", which is not there',
          hint: 'did you mean "grafana/loki"?',
        },
      ]);
    });

    it('that do not exist are not reported for an optional patch', () => {
      expect(apply([{ target: 'jaeger/*', patch: disable, optional: true }]).findings).to.be.empty;
    });
  });

  describe('order', () => {
    it('follows the files, then the patches, then the operations', () => {
      const append = (value: string): object => ({ op: 'add', path: '/tags/-', value });
      const { final } = changed(
        { toolsets: { own: { tags: [] } } },
        {
          'patches-base.yaml': [
            { target: 'own', patch: [append('1'), append('2')] },
            { target: 'own', patch: [append('3')] },
          ],
          'patches-environment.yaml': [{ target: 'o*', patch: [append('4')] }],
        },
      );

      expect(final.toolsets.own).to.deep.equal({ tags: ['1', '2', '3', '4'] });
    });

    it('applies all overrides first, wherever their files are listed', () => {
      const { final } = changed(generated, {
        'patches.yaml': [{ target: 'own', patch: [{ op: 'replace', path: '/description', value: 'patched' }] }],
        'base.yaml': { toolsets: { own: { description: 'base' } } },
        'overrides.yaml': { toolsets: { own: { description: 'environment', enabled: true } } },
      });

      expect(final.toolsets.own).to.deep.equal({ description: 'patched', enabled: true });
    });

    it('applies each operation to the result of the previous one', () => {
      const patch = [
        { op: 'move', from: '/config/instances/1', path: '/config/instances/0' },
        { op: 'test', path: '/config/instances/0/name', value: 'b/p' },
        { op: 'remove', path: '/config/instances/1' },
      ];

      expect(apply([{ target: prometheus, patch }]).final.toolsets[prometheus]).to.have.deep.nested.property(
        'config.instances',
        [instances[1]],
      );
    });
  });

  describe('paths', () => {
    it('reach into lists, and into keys with a slash (~1) and a tilde (~0)', () => {
      const document = { 'a/b': { 'm~n': [{ 'x~1y': 1 }] } };

      expect(patched(document, [{ op: 'replace', path: '/a~1b/m~0n/0/x~01y', value: 2 }])).to.deep.equal({
        'a/b': { 'm~n': [{ 'x~1y': 2 }] },
      });
    });

    it('reach the empty key', () => {
      expect(patched({ '': { '': 1 } }, [{ op: 'replace', path: '//', value: 2 }])).to.deep.equal({ '': { '': 2 } });
    });

    it('mean the whole toolset when empty', () => {
      expect(patched({ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }])).to.deep.equal({ b: 2 });
      expect(patched({ a: 1 }, [{ op: 'add', path: '', value: {} }])).to.deep.equal({});
      expect(patched({ a: { b: 2 } }, [{ op: 'move', from: '/a', path: '' }])).to.deep.equal({ b: 2 });
      expect(patched({ a: { b: 2 } }, [{ op: 'copy', from: '/a', path: '' }])).to.deep.equal({ b: 2 });
      expect(patched({ a: 1 }, [{ op: 'test', path: '', value: { a: 1 } }])).to.deep.equal({ a: 1 });
      expect(patched({ a: 1 }, [{ op: 'remove', path: '' }])).to.equal(undefined);
    });

    it('may copy the whole document into a part of itself', () => {
      expect(patched({ a: 1 }, [{ op: 'copy', from: '', path: '/b' }])).to.deep.equal({ a: 1, b: { a: 1 } });
    });

    it('mean the end of a list with -', () => {
      expect(patched({ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }])).to.deep.equal({ a: [1, 2] });
      expect(patched({ a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }])).to.deep.equal({ a: [1, 2] });
    });
  });

  describe('a patch that does not apply', () => {
    const document = { enabled: true, url: 'u', list: [1, 2], map: { x: null, n: { o: 1 } } };
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ op: 'remove', path: '/map/y' }, 'there is nothing at /map/y'],
      [{ op: 'replace', path: '/map/y/z', value: 1 }, 'there is nothing at /map/y'],
      [{ op: 'test', path: '/map/y', value: null }, 'there is nothing at /map/y'],
      [{ op: 'test', path: '/map/x', value: 0 }, 'the value there is null, not a number'],
      [{ op: 'test', path: '/list', value: [2, 1] }, 'the value there is different'],
      [{ op: 'test', path: '/list', value: { 0: 1 } }, 'the value there is a list, not a map'],
      [{ op: 'test', path: '/list/0', value: '1' }, 'the value there is a number, not a string'],
      [{ op: 'test', path: '/url', value: false }, 'the value there is a string, not false'],
      [{ op: 'test', path: '/map', value: null }, 'the value there is a map, not null'],
      [{ op: 'copy', from: '/nope', path: '/x' }, 'there is nothing at /nope'],
      [{ op: 'move', from: '/map', path: '/map/x' }, 'nothing can be moved into itself'],
      [{ op: 'move', from: '', path: '/map/x' }, 'nothing can be moved into itself'],
      [{ op: 'move', from: '/list/0', path: '/list/2' }, 'the list at /list takes 0 to 1, or - for its end, not 2'],
      [{ op: 'add', path: '/url/x', value: 1 }, '/url is neither a map nor a list'],
      [{ op: 'add', path: '/map/x/y', value: 1 }, '/map/x is neither a map nor a list'],
      [{ op: 'test', path: '/url/0', value: 'u' }, 'there is nothing at /url/0'],
      [{ op: 'test', path: '/url/length', value: 1 }, 'there is nothing at /url/length'],
      [{ op: 'replace', path: '/list/2', value: 1 }, 'there is nothing at /list/2: the list has the items 0 to 1'],
      [{ op: 'replace', path: '/list/-', value: 1 }, 'there is nothing at /list/-: the list has the items 0 to 1'],
      [{ op: 'replace', path: '/list/01', value: 1 }, 'there is nothing at /list/01: the list has the items 0 to 1'],
      [{ op: 'replace', path: '/list/1e0', value: 1 }, 'there is nothing at /list/1e0: the list has the items 0 to 1'],
      [{ op: 'replace', path: '/list/', value: 1 }, 'there is nothing at /list/: the list has the items 0 to 1'],
      [
        { op: 'replace', path: '/list/length', value: 0 },
        'there is nothing at /list/length: the list has the items 0 to 1',
      ],
      [{ op: 'add', path: '/list/3', value: 1 }, 'the list at /list takes 0 to 2, or - for its end, not 3'],
      [{ op: 'add', path: '/list/-1', value: 1 }, 'the list at /list takes 0 to 2, or - for its end, not -1'],
      [
        { op: 'add', path: '/list/4294967296', value: 1 },
        'the list at /list takes 0 to 2, or - for its end, not 4294967296',
      ],
      [{ op: 'add', path: '/list/x', value: 1 }, 'the list at /list takes 0 to 2, or - for its end, not x'],
      [{ op: 'replace', path: '', value: 'text' }, 'a toolset is a map'],
      [{ op: 'replace', path: '', value: null }, 'a toolset is a map'],
      [{ op: 'add', path: '', value: [] }, 'a toolset is a map'],
      [{ op: 'move', from: '/url', path: '' }, 'a toolset is a map'],
      [{ op: 'copy', from: '/list', path: '' }, 'a toolset is a map'],
    ];
    for (const [operation, reason] of cases) {
      const { op, from, path } = operation as { op: string; from?: string; path: string };
      const shown = from === undefined ? path || 'the whole' : `${from || 'the whole'} to ${path || 'the whole'}`;

      it(`fails with its location: ${op} ${shown}`, async () => {
        const error = await failure(() => patched(document, [operation]));

        expect(error.code).to.equal('PATCH_FAILED');
        expect(error.message).to.equal(`patches.yaml:1:27 ${op} ${shown} of own fails: ${reason}`);
        expect(error.hint).to.equal(
          'take the patch out to see what is there with dynamic-toolset explain --toolset NAME, or set optional: true on it',
        );
      });

      it(`is skipped if it is optional: ${op} ${shown}`, () => {
        const first = { op: 'replace', path: '/enabled', value: false };

        expect(patched(document, [first, operation], true)).to.deep.equal(document);
      });
    }

    it('fails at the line of the operation, and names the toolset that a glob matched', async () => {
      const text = `- target: grafana/*
  patch:
    - op: test
      path: /enabled
      value: true
    - op: move
      from: /config/url
      path: /config/api_url
`;

      const error = await failure(() => changed(generated, { 'patches.yaml': text }));

      expect(error.message).to.equal(
        'patches.yaml:6:7 move /config/url to /config/api_url of grafana/dashboards fails: there is nothing at /config/url',
      );
    });

    it('fails when it moves what an override removed', async () => {
      const overrides = { toolsets: { 'grafana/loki': { config: null } } };
      const patch = [{ op: 'move', from: '/config/api_url', path: '/config/external_url' }];
      const given = (optional: boolean): CustomizedToolsets =>
        changed(generated, {
          'overrides.yaml': overrides,
          'patches.yaml': [{ target: 'grafana/loki', patch, optional }],
        });

      const error = await failure(() => given(false));

      expect(error.message).to.equal(
        'patches.yaml:1:36 move /config/api_url to /config/external_url of grafana/loki fails: there is nothing at /config',
      );
      expect(given(true).final.toolsets['grafana/loki']).to.deep.equal({ enabled: true });
      expect(given(true).findings).to.be.empty;
    });

    it('fails when operations follow the removal of the whole toolset', async () => {
      const patch = [
        { op: 'remove', path: '' },
        { op: 'add', path: '/enabled', value: true },
      ];

      const error = await failure(() => patched({}, patch));

      expect(error.message).to.equal('patches.yaml:1:53 add /enabled comes after own was removed');
    });

    it('does not affect the other patches of the file if it is optional', () => {
      const { final } = apply([
        { target: 'grafana/*', patch: [{ op: 'remove', path: '/nope' }], optional: true },
        { target: 'grafana/loki', patch: [{ op: 'remove', path: '/config' }] },
      ]);

      expect(final.toolsets).to.deep.equal({ ...generated.toolsets, 'grafana/loki': { enabled: true } });
    });

    it('is skipped only for the targets of a glob that it does not apply to', () => {
      const patch = [
        { op: 'test', path: '/config/api_url', value: 'http://l.a.svc:3100' },
        { op: 'replace', path: '/enabled', value: false },
      ];

      const { final } = apply([{ target: 'grafana/*', patch, optional: true }]);

      expect(final.toolsets['grafana/loki']).to.have.property('enabled', false);
      expect(final.toolsets['grafana/dashboards']).to.have.property('enabled', true);
    });
  });

  describe('hostile input', () => {
    const paths = [
      ...['/__proto__/polluted', '/constructor/prototype/polluted', '/constructor/polluted', '/toString/polluted'],
      ...['/map/__proto__/polluted', '/map/toString/polluted', '/list/__proto__/polluted', '/list/push/polluted'],
      ...['/__proto__', '/constructor', '/prototype', '/map/__proto__', '/list/__proto__', '/list/constructor'],
    ];
    for (const path of paths) {
      it(`changes no prototype through ${path}`, async () => {
        const error = await failure(() => patched({ map: {}, list: [] }, [{ op: 'add', path, value: 'yes' }]));

        expect(error.code).to.equal('PATCH_FAILED');
        const inherited = ['toString', 'constructor'].map((key) => Reflect.get({}, key) as object);
        expect([{}, [], ...inherited].some((one) => 'polluted' in one)).to.equal(false);
      });
    }

    it('does not treat inherited properties as keys', async () => {
      for (const op of ['copy', 'move']) {
        const error = await failure(() => patched({}, [{ op, from: '/toString', path: '/x' }]));

        expect(error.message).to.contain('there is nothing at /toString');
      }
      expect(patched({}, [{ op: 'add', path: '/toString', value: 1 }])).to.deep.equal({ toString: 1 });
    });

    it('rejects a value with a prototype key', async () => {
      const text = '- {target: own, patch: [{op: add, path: /x, value: {__proto__: {polluted: yes}}}]}\n';

      const error = await failure(() => changed({ toolsets: { own: {} } }, { 'patches.yaml': text }));

      expect(error.message).to.equal('patches.yaml:1:53 has the key __proto__, which is refused');
    });

    it('rejects copies that double the data each time', async () => {
      const patch = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '', path: `/c${String(index)}` }));

      const error = await failure(() => patched({ text: 'x'.repeat(100) }, patch));

      expect(error.message).to.match(/^patches\.yaml:1:\d+ the patches write more than 4 MB in all$/);
    });

    it('rejects a large value for very many toolsets', async () => {
      const toolsets = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`t${String(index)}`, {}]));
      const patch = [{ op: 'add', path: '/description', value: 'x'.repeat(100_000) }];

      const error = await failure(() => changed({ toolsets }, { 'patches.yaml': [{ target: '*', patch }] }));

      expect(error.message).to.match(/the patches write more than 4 MB in all$/);
    });

    it('rejects unlimited nesting', async () => {
      const deeper = [
        { op: 'add', path: '/n', value: {} },
        { op: 'move', from: '/a', path: '/n/a' },
        { op: 'move', from: '/n', path: '/a' },
      ];

      const error = await failure(() => patched({ a: {} }, Array.from({ length: 100 }, () => deeper).flat()));

      expect(error.message).to.match(/fails: it would be nested more than 64 levels deep$/);
    });

    it('accepts a toolset that is nested 64 levels deep, and none deeper', async () => {
      const nested = (levels: number): Data => (levels === 0 ? 1 : { n: nested(levels - 1) });
      // The place is 31 keys deep.
      const path = `/a${'/n'.repeat(29)}/x`;
      const move = (levels: number): unknown =>
        patched({ a: nested(30), b: nested(levels) }, [{ op: 'move', from: '/b', path }]);

      expect(move(33)).to.have.all.keys('a');
      expect((await failure(() => move(34))).message).to.match(/nested more than 64 levels deep$/);
    });

    it('accepts a list of very many items', () => {
      const value = Array.from({ length: 40_000 }, () => 1);

      expect(patched({}, [{ op: 'add', path: '/list', value }])).to.deep.equal({ list: value });
    });

    it('keeps written values separate from the input', () => {
      const value = frozen({ list: [] });
      const patch = [
        { op: 'add', path: '/a', value },
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'add', path: '/b/list/-', value: 1 },
      ];

      expect(patched(frozen({}), patch)).to.deep.equal({ a: { list: [] }, b: { list: [1] } });
    });
  });

  describe('shape', () => {
    const cases: readonly (readonly [string, string, string])[] = [
      [
        'a map',
        '{}\n',
        '1:1 the file: invalid value: expected a list, not a map; write a list: - {target: NAME, patch: [{op: …, path: …}]}',
      ],
      [
        'a patch that is a text',
        '- own\n',
        '1:3 0: invalid value: expected a map, not a string; write it as a map: its keys on the lines below, indented further',
      ],
      ['a patch without operations', '- target: own\n', '1:3 0.patch: is missing: expected a list; add it as a list'],
      [
        'a misspelt key',
        '- {taget: own, target: a, patch: [{op: remove, path: /a}]}\n',
        '1:4 0: unknown key "taget", did you mean "target"?',
      ],
      [
        'a key of another operation',
        '- {target: own, patch: [{op: remove, path: /a, value: 1}]}\n',
        '1:48 0.patch.0: unknown key "value"; remove it here',
      ],
      [
        'an unknown operation',
        '- {target: own, patch: [{op: replce, path: /a}]}\n',
        '1:30 0.patch.0.op: invalid value: expected add, remove, replace, move, copy or test; did you mean "replace"?',
      ],
      [
        'a path without a leading slash',
        '- {target: own, patch: [{op: remove, path: config}]}\n',
        '1:44 0.patch.0.path: invalid pointer: expected a JSON Pointer (RFC 6901) such as /config/api_url; ~1 stands for a slash',
      ],
      [
        'an invalid tilde escape',
        '- {target: own, patch: [{op: remove, path: /a~2}]}\n',
        '1:44 0.patch.0.path: invalid pointer: expected a JSON Pointer (RFC 6901) such as /config/api_url; ~1 stands for a slash',
      ],
    ];
    for (const [title, text, says] of cases) {
      it(`rejects ${title}`, async () => {
        const error = await failure(() => changed({}, { 'patches.yaml': text }));

        expect(error.code).to.equal('PATCHES_INVALID');
        expect(error.message).to.equal(`patches.yaml:${says}`);
        expect(error.hint).to.contain('patches.yaml is a list of {target: NAME, patch: [{op: …, path: …}]}');
      });
    }

    const list = 'write a list: - {target: NAME, patch: [{op: …, path: …}]}';
    const operation = 'write it in the list patch of an item: - {target: NAME, patch: [{op: …, path: …}]}';
    const asText = 'remove what is between patch: and the first dash, so that it is a list';
    /** Each problem with its place, and what to do. */
    const otherForms: readonly (readonly [string, string, readonly string[]])[] = [
      [
        'a map with the key "patches" behind others',
        'resources: []\npatches: []\n',
        [`2:1 the file: has the key "patches" around the list, as in Kustomize; ${list}`],
      ],
      [
        'one patch without the list around it',
        'target: own\npatch: []\n',
        [`1:1 the file: invalid value: expected a list, not a map; ${list}`],
      ],
      [
        'an operation without a target, and another patch with a mistake of its own',
        '- {op: remove, path: /a}\n- {target: own}\n',
        [
          `1:3 0: is an operation without a target; ${operation}`,
          '2:3 1.patch: is missing: expected a list; add it as a list',
        ],
      ],
      [
        'an operation with a target beside it',
        '- {op: remove, target: own}\n',
        [
          '1:3 0.patch: is missing: expected a list; add it as a list',
          '1:4 0: unknown key "op"; known are target, patch, optional',
        ],
      ],
      [
        'targets and lists as in Kustomize',
        '- target: {kind: ConfigMap}\n  patch: []\n- target: own\n  patch: "- op: remove"\n',
        [
          '1:11 0.target: selects an object, as in Kustomize: expected a string; write the name of a toolset, such as target: prometheus/metrics, or a glob',
          `4:10 1.patch: is a text with a list in it, as in Kustomize: expected a list; ${asText}`,
        ],
      ],
      [
        'any other text in place of the list',
        '- {target: own, patch: config-map}\n',
        ['1:24 0.patch: invalid value: expected a list, not a string; write it as a list: [config-map]'],
      ],
      [
        'a path from the root of the file, also of what is copied',
        '- {target: own, patch: [{op: test, path: /toolsets/a, value: 1}, {op: copy, path: /a, from: /mcp_servers/a~1b/config/x~1y}]}\n',
        ['1:93 0.patch.1.from: starts at the file: expected a path from the toolset on; write /config/x~1y'],
      ],
    ];
    for (const [title, text, says] of otherForms) {
      it(`tells what to do with ${title}`, async () => {
        const { diagnostics } = await failure(() => changed({}, { 'patches.yaml': text }));

        expect(
          diagnostics.map(
            ({ location: { line, column }, message, hint }) => `${String(line)}:${String(column)} ${message}; ${hint}`,
          ),
        ).to.deep.equal(says);
      });
    }

    for (const text of ['', '# nothing yet\n', '[]\n', 'null\n']) {
      it(`reads ${JSON.stringify(text)} as no patches`, () => {
        expect(changed(generated, { 'patches.yaml': text })).to.deep.include({ final: generated, findings: [] });
      });
    }
  });

  describe('for any patch', () => {
    it('undoes an addition with a removal', () => {
      fc.assert(
        fc.property(anyMap, anyData.filter(isTakenFromGit), (document, value) => {
          const patch = [
            { op: 'add', path: '/an added key', value },
            { op: 'remove', path: '/an added key' },
          ];
          expect(patched(document, patch)).to.deep.equal(document);
        }),
      );
    });

    it('passes a test of the current value', () => {
      fc.assert(
        fc.property(anyMap.filter(isTakenFromGit), (document) => {
          const patch = Object.entries(document).map(([key, value]) => ({ op: 'test', path: pointer(key), value }));
          expect(patched(document, [{ op: 'test', path: '', value: document }, ...patch])).to.deep.equal(document);
        }),
      );
    });

    it('treats a move as a copy and a removal', () => {
      fc.assert(
        fc.property(anyMap, anyData, (document, value) => {
          const given = { ...document, 'the source': value };
          const both = [
            { op: 'copy', from: '/the source', path: '/the end' },
            { op: 'remove', path: '/the source' },
          ];
          expect(patched(given, [{ op: 'move', from: '/the source', path: '/the end' }])).to.deep.equal(
            patched(given, both),
          );
        }),
      );
    });

    it('applies or fails with its location', () => {
      const step = fc.constantFrom(
        '',
        'a',
        'b',
        '0',
        '1',
        '-',
        '01',
        'toString',
        '__proto__',
        '~0',
        '~1',
        'constructor',
      );
      const path = fc.array(step, { maxLength: 4 }).map((steps) => steps.map((one) => `/${one}`).join(''));
      const operation = fc.oneof(
        fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path, value: anyData.filter(isTakenFromGit) }),
        fc.record({ op: fc.constantFrom('move', 'copy'), path, from: path }),
        fc.record({ op: fc.constant('remove'), path }),
      );
      const document = { a: { b: [{ a: 1 }, []], '~': { '/': 1 } }, b: [[{ a: {} }], 'text', null], '': { '': [] } };

      fc.assert(
        fc.property(fc.array(operation, { minLength: 1, maxLength: 6 }), fc.boolean(), (patch, optional) => {
          try {
            const after = patched(frozen(document), patch, optional);
            expect(after === undefined || (typeof after === 'object' && after !== null)).to.equal(true);
          } catch (error) {
            if (!(error instanceof PluginError)) throw error;
            expect(error.message).to.match(/^patches\.yaml:1:\d+ /);
          }
        }),
        { numRuns: 1000 },
      );
    });
  });

  function apply(patches: readonly object[]): CustomizedToolsets {
    return changed(generated, { 'patches.yaml': patches });
  }
});

/** One toolset after a patch; `undefined` where it is gone. */
function patched(document: DataMap, patch: Operations, optional = false): Data | undefined {
  const patches = [{ target: 'own', patch, ...(optional ? { optional } : {}) }];
  return changed({ toolsets: { own: document } }, { 'patches.yaml': patches }).final.toolsets.own;
}

function pointer(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Files from Git hold no such keys at all. */
function isTakenFromGit(data: Data): boolean {
  return !/"(?:<<|__proto__|constructor|prototype)":/.test(JSON.stringify(data));
}
