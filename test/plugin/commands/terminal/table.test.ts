import { expect } from 'chai';
import { renderTable, wrapWords } from '../../../../plugin/commands/terminal/table.ts';

describe('plugin/commands/terminal/table', () => {
  it('pads columns to the longest cell, except the last one', () => {
    const table = renderTable(
      ['NAME', 'URL', 'REASON'],
      [
        ['a', 'http://a', 'ok'],
        ['long-name', '-', ''],
      ],
    );

    expect(table).to.equal('NAME        URL        REASON\na           http://a   ok\nlong-name   -\n');
  });

  it('prints only the header when there are no rows', () => {
    expect(renderTable(['A', 'B'], [])).to.equal('A   B\n');
  });

  it('escapes characters that would move the cursor, reverse the text or hide in it', () => {
    const table = renderTable(['A'], [['\u001B[31mred\r\n\t\u009B2J\u202Eabc\u200B\u2028\u{E0041}']]);

    expect(table).to.equal('A\n\\u001b[31mred\\u000d\\u000a\\u0009\\u009b2J\\u202eabc\\u200b\\u2028\\udb40\\udc41\n');
  });

  it('wraps cells that do not fit below the second column, only in rows that are too long', () => {
    const rows = [
      ['one', 'short', 'a reason of several words'],
      ['two', 'short', 'fits'],
    ];

    expect(renderTable(['KIND', 'NAME', 'REASON'], rows, 24)).to.equal(
      'KIND   NAME    REASON\none    short\n       a reason of\n       several words\ntwo    short   fits\n',
    );
  });

  it('continues after a wrapped cell, and does not break a word longer than the terminal', () => {
    const rows = [['one', 'much-too-long-to-fit', 'x', 'y']];

    expect(renderTable(['A', 'B', 'C', 'D'], rows, 14)).to.equal(
      'A     B\n      C   D\none\n      much-too-long-to-fit\n      x   y\n',
    );
  });

  it('wraps text between words', () => {
    expect(wrapWords('one two three', 7)).to.deep.equal(['one two', 'three']);
    expect(wrapWords('one two three', Infinity)).to.deep.equal(['one two three']);
  });
});
