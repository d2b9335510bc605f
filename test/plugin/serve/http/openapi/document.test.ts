import { expect } from 'chai';
import { openApiDocument } from '../../../../../plugin/serve/http/openapi/document.ts';
import { operations } from '../../../../../plugin/serve/http/openapi/operations.ts';

describe('plugin/serve/http/openapi/document', () => {
  const text = JSON.stringify(openApiDocument(operations, '1.0.0'));
  const { components } = JSON.parse(text) as {
    readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
  };

  it('says of every named schema what its objects hold', () => {
    for (const [name, { properties = {} }] of Object.entries(components.schemas))
      expect(Object.keys(properties), name).not.to.deep.equal([]);
  });

  it('refers to no schema that it does not have', () => {
    const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);

    expect(Object.keys(components.schemas)).to.include.members([...new Set(referred)]);
    expect(text).not.to.include('#/$defs/');
  });
});
