import { expect } from 'chai';
import { cpuBound, cpuMs } from '../../support/cpu-time.ts';
import { code, escaped } from '../../../plugin/commands/markdown.ts';

describe('plugin/commands/markdown', () => {
  const cases: readonly (readonly [title: string, text: string, marked: string])[] = [
    ['no mention', '@admin', '@\u200Badmin'],
    ['no mention by a character reference', '&commat;admin &#64;admin', '\\&commat;admin \\&#\u200B64;admin'],
    ['no issue reference', '#1 acme/app#2', '#\u200B1 acme/app#\u200B2'],
    ['no GH- issue reference, and leaves longer words alone', 'gh-1 GH-2 high-1', 'gh-\u200B1 GH-\u200B2 high-1'],
    ['no reference to a merge request or epic of GitLab', '!1 &2', '\\!\u200B1 \\&\u200B2'],
    ['no label, strikethrough or formula', '~bug ~~x~~ $a$', '\\~bug \\~\\~x\\~\\~ \\$a\\$'],
    ['no link, image or HTML', '[a](b) ![c](d) <img>', '\\[a\\](b) \\!\\[c\\](d) \\<img\\>'],
    [
      'inline code for a URL',
      'url http://loki.obs.svc:3100/a_b?a=1, by x',
      'url `http://loki.obs.svc:3100/a_b?a=1`, by x',
    ],
    [
      'inline code for what is almost a URL',
      'WWW.evil.example (git+ssh://a@b)',
      '`WWW.evil.example` (`git+ssh://a@b`)',
    ],
    ['one code span for a URL with backticks', 'http://a/`b`@c', '`http://a/`\\`b\\`@\u200Bc'],
  ];
  for (const [title, text, marked] of cases) {
    it(`turns foreign text into ${title}`, () => {
      expect(escaped(text)).to.equal(marked);
    });
  }

  it('escapes 200,000 characters of almost URLs within the CPU limit', () => {
    const before = cpuMs();

    for (const part of ['a.', 'a://', 'www.', 'http://.,']) escaped(part.repeat(200_000 / part.length));

    expect(cpuMs() - before).to.be.below(cpuBound(2_000));
  });

  it('keeps an empty name, or one with a backtick, within its code span', () => {
    expect([code(''), code('a`b')]).to.deep.equal(['` `', "`a'b`"]);
  });
});
