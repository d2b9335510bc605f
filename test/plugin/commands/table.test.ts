import { expect } from 'chai';
import { renderTable } from '../../../plugin/commands/table.ts';

describe('plugin/commands/table', () => {
  it('pads columns to the longest cell, and nothing after the last', () => {
    const table = renderTable(
      ['NAME', 'URL', 'REASON'],
      [
        ['a', 'http://a', 'ok'],
        ['long-name', '-', ''],
      ],
    );

    expect(table).to.equal('NAME        URL        REASON\na           http://a   ok\nlong-name   -\n');
  });

  it('is a header where there are no rows', () => {
    expect(renderTable(['A', 'B'], [])).to.equal('A   B\n');
  });

  it('shows what would move the cursor, turn the text around or hide in it', () => {
    const table = renderTable(['A'], [['\u001B[31mred\r\n\t\u009B2J\u202Eabc\u200B\u2028\u{E0041}']]);

    expect(table).to.equal('A\n\\u001b[31mred\\u000d\\u000a\\u0009\\u009b2J\\u202eabc\\u200b\\u2028\\udb40\\udc41\n');
  });
});
