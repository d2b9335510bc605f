import { isIP } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { Anonymizer } from '../../../../../plugin/commands/explain/report/anonymizer.ts';

/** The texts as one report would say them. */
function anonymized(texts: readonly string[]): readonly string[] {
  const anonymizer = new Anonymizer(texts);
  return texts.map((text) => anonymizer.replace(text));
}

/** As in a name, which begins and ends with a letter or digit; an address with both separators is in none. */
function dashed(address: string): string {
  const isName = /^[0-9a-f].*[0-9a-f]$/.test(address) && !(address.includes(':') && address.includes('.'));
  return isName ? address.replace(/[.:]/g, '-') : '10-0-0-1';
}

describe('plugin/commands/explain/report/addresses', () => {
  for (const { text, form } of [
    { text: 'http://10.96.12.3:9090/x', form: /^http:\/\/\d\d\.\d\d\.\d\d\.\d:9090\/x$/ },
    { text: 'ip-10-0-12-3', form: /^ip-\d\d-\d-\d\d-\d$/ },
    { text: '[fd00:1:2::ab]:443', form: /^\[[0-9a-f]{4}:[0-9a-f]:[0-9a-f]::[0-9a-f]{2}\]:443$/ },
    { text: '2001-db8-0-0-0-0-0-1', form: /^[0-9a-f]{4}-[0-9a-f]{3}(?:-[0-9a-f]){6}$/ },
    { text: 'aa:bb:cc:dd:ee:ff', form: /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/ },
    { text: '6f1c3c1e-11ab-42cd-93ef-abcdefabcdef', form: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/ },
  ]) {
    it(`replaces every group of ${text} but keeps its form`, () => {
      const [other = ''] = anonymized([text]);

      expect(other).to.match(form);
      const groups = text.match(/[0-9a-f]+/g) ?? [];
      const address = groups.filter((group) => !['9090', '443'].includes(group)).join(' ');
      expect(other).not.to.include(address);
      expect(other).not.to.equal(text);
    });
  }

  it('keeps addresses that are the same in every cluster, and text that only looks like one', () => {
    const texts = ['127.0.0.1', 'http://169.254.169.254/', '::1', 'loki-2.10.2', '12:30:45'];

    expect(anonymized(texts)).to.deep.equal(texts);
  });

  it('replaces addresses by others of the same kind, length and order, alone or within text, in any notation', () => {
    const octets = fc.constantFrom('10.0.0.1', '10.0.0.2', '192.168.111.5', '8.8.8.8', '100.64.3.200');
    const v4 = fc.oneof(fc.ipV4(), octets);
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(v4, fc.ipV6()), { minLength: 1, maxLength: 30 }), (addresses) => {
        const own = addresses.filter(
          (address) => !['127.0.0.1', '0.0.0.0', '169.254.169.254', '::1', '::'].includes(address),
        );
        const others = anonymized(own);

        for (const [index, address] of own.entries()) {
          const other = others[index] ?? '';
          expect(other, address).to.have.lengthOf(address.length);
          expect(isIP(other), `${address} ${other}`).to.equal(isIP(address));
          expect(own, address).not.to.include(other);
          const [inside, name] = anonymized([`http://${address}/`, `ip-${dashed(address)}`]);
          expect(inside).not.to.include(address);
          expect(name).not.to.include(dashed(address));
        }
        expect(new Set(others).size).to.equal(own.length);
        const sameForm = own.filter((address) => /^10\.0\.0\.\d$/.test(address)).sort();
        expect(sameForm.map((address) => others[own.indexOf(address)])).to.deep.equal(
          sameForm.map((address) => others[own.indexOf(address)]).sort(),
        );
      }),
    );
  });
});
