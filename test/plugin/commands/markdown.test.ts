import { expect } from 'chai';
import { code, escaped } from '../../../plugin/commands/markdown.ts';

describe('plugin/commands/markdown', () => {
  const cases: readonly (readonly [title: string, text: string, marked: string])[] = [
    ['no mention', '@admin', '@\u200Badmin'],
    ['no mention by a reference to its character', '&commat;admin &#64;admin', '\\&commat;admin \\&#\u200B64;admin'],
    ['no issue', '#1 acme/app#2', '#\u200B1 acme/app#\u200B2'],
    ["no issue in GitHub's other form, and no longer name", 'gh-1 GH-2 high-1', 'gh-\u200B1 GH-\u200B2 high-1'],
    ["no merge request or epic of GitLab's", '!1 &2', '\\!\u200B1 \\&\u200B2'],
    ['no label, strike or formula', '~bug ~~x~~ $a$', '\\~bug \\~\\~x\\~\\~ \\$a\\$'],
    ['no link, image or HTML', '[a](b) ![c](d) <img>', '\\[a\\](b) \\!\\[c\\](d) \\<img\\>'],
    ['a URL of a Service as it is', 'http://loki.obs.svc:3100/?a=1', 'http://loki.obs.svc:3100/?a=1'],
  ];
  for (const [title, text, marked] of cases) {
    it(`makes of foreign text ${title}`, () => {
      expect(escaped(text)).to.equal(marked);
    });
  }

  it('keeps a name without characters, or with the sign that ends it, within its code', () => {
    expect([code(''), code('a`b')]).to.deep.equal(['` `', "`a'b`"]);
  });
});
