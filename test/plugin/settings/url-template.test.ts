import { expect } from 'chai';
import { UrlTemplate } from '../../../plugin/settings/schema/common.ts';

describe('plugin/settings/url-template', () => {
  function problem(template: string): string {
    return (
      UrlTemplate.safeParse(template)
        .error?.issues.map(({ message }) => message)
        .join() ?? ''
    );
  }

  for (const template of [
    'https://gateway.example.com/${cluster}/${namespace}/${name}${path}',
    'https://${name}.${namespace}.${cluster}.example.com',
    '${scheme}://${name}.${namespace}.svc.clusterset.local:${port}${path}',
    'http://${host}:${port}',
  ]) {
    it(`accepts ${template}`, () => {
      expect(problem(template)).to.equal('');
    });
  }

  const bad: readonly (readonly [template: string, expected: string])[] = [
    ['gateway/${namespace}/${name}', 'it begins with http://, https:// or ${scheme}://'],
    ['javascript://${host}', 'it begins with'],
    ['https://g/${namespace}/${name}/${secret}', '${secret} is one of ${scheme}, ${host}'],
    ['https://g/${namespace}/${name}/${constructor}', '${constructor} is one of'],
    ['https://u:p@g/${namespace}/${name}', 'it has no user, query or fragment'],
    ['https://g/${namespace}/${name}?token=1', 'it has no user, query or fragment'],
    ['https://g/${name}', 'it has ${namespace} and ${name}, or ${host}'],
    ['https://g/{{ env.SECRET }}/${host}', 'it is a URL'],
    ['https://g /${host}', 'it is a URL'],
  ];
  for (const [template, expected] of bad) {
    it(`rejects ${template}`, () => {
      expect(problem(template)).to.include(expected);
    });
  }
});
