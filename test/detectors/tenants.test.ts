import { expect } from 'chai';
import fc from 'fast-check';
import { gitTenantWord, tenantHeaders, tenantIn, tenantWord } from '../../detectors/stores/tenants.ts';

/** How requests to stores say of which tenant they are. */
describe('detectors/stores/tenants', () => {
  for (const [text, word] of [
    ['1', '1:0'],
    ['1:7', '1:7'],
    ['0:0', '0:0'],
    ['4294967295:4294967295', '4294967295:4294967295'],
    ['4294967296', null],
    ['0:4294967296', null],
    ['01', null],
    ['-1', null],
    ['1:', null],
    ['1:0:0', null],
    ['1e3', null],
    ['team-a', null],
    ['1|2', null],
    ['1:0\n', null],
    ['', null],
  ] as const)
    it(
      word === null
        ? `rejects ${JSON.stringify(text)} as an account`
        : `reads ${JSON.stringify(text)} as account ${word}`,
      () => {
        expect(tenantWord('account', text)).to.equal(word);
        expect(gitTenantWord('account', text)).to.equal(word);
      },
    );

  it('accepts several names, or one of 64 characters, only from Git', () => {
    for (const name of ['a|b', 'a'.repeat(64)]) {
      expect(tenantWord('name', name)).to.equal(null);
      expect(gitTenantWord('name', name)).to.equal(name);
    }
    expect([tenantWord('name', 'team-a'), tenantWord('name', '1:0')]).to.deep.equal(['team-a', null]);
  });

  it('puts a name into one header and an account into two, and no characters but those of a word', () => {
    expect(tenantHeaders('name', 'team-a')).to.deep.equal({ 'X-Scope-OrgID': 'team-a' });
    expect(tenantHeaders('account', '1:7')).to.deep.equal({ AccountID: '1', ProjectID: '7' });
    fc.assert(
      fc.property(fc.constantFrom('name', 'account'), fc.oneof(fc.string(), fc.nat().map(String)), (kind, text) => {
        const word = gitTenantWord(kind, text);
        if (word === null) return;
        const values = Object.values(tenantHeaders(kind, word));
        expect(values.every((value) => /^[A-Za-z0-9][A-Za-z0-9._|-]*$/.test(value))).to.equal(true);
        expect(gitTenantWord(kind, word)).to.equal(word);
      }),
    );
  });

  it('reads headers in any case and accounts without a project, and ignores other values', () => {
    expect(tenantIn('name', { 'x-scope-orgid': 'team-a' })).to.equal('team-a');
    expect(tenantIn('account', { AccountID: '1', projectid: '7' })).to.equal('1:7');
    expect(tenantIn('account', { AccountID: '1' })).to.equal('1:0');
    for (const headers of [{}, { AccountID: {} }, { AccountID: '{{ env.ACCOUNT }}' }, { 'X-Scope-OrgID': '1' }])
      expect(tenantIn('account', headers)).to.equal(null);
  });
});
