import { expect } from 'chai';
import { openApiDocument } from '../../../../../plugin/serve/http/openapi/document.ts';
import { operations } from '../../../../../plugin/serve/http/openapi/operations.ts';

describe('plugin/serve/http/openapi/document', () => {
  const text = JSON.stringify(openApiDocument(operations, '1.0.0'));
  const { components } = JSON.parse(text) as {
    readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
  };

  it('describes the properties of every named schema', () => {
    for (const [name, { properties = {} }] of Object.entries(components.schemas))
      expect(Object.keys(properties), name).not.to.deep.equal([]);
  });

  it('refers only to schemas that exist', () => {
    const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);

    expect(Object.keys(components.schemas)).to.include.members([...new Set(referred)]);
    expect(text).not.to.include('#/$defs/');
  });
});
