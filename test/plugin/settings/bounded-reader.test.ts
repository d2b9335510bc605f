import { expect } from 'chai';
import type { ReadFile } from '../../../plugin/settings/bounded-reader.ts';
import { boundedReader } from '../../../plugin/settings/bounded-reader.ts';
import { failure } from '../../support/failure.ts';

describe('plugin/settings/bounded-reader', () => {
  const reads: string[] = [];

  beforeEach(() => {
    reads.length = 0;
  });

  function readerOf(files: Readonly<Record<string, string>>): ReadFile {
    return boundedReader((name) => {
      reads.push(name);
      const text = files[name];
      return Promise.resolve(text === undefined ? null : { name, text });
    });
  }

  it('reads a file once, however often and in whatever form it is named', async () => {
    const read = readerOf({ 'a.yaml': 'a: 1\n' });

    const files = await Promise.all(
      ['a.yaml', './a.yaml', 'b/../a.yaml', 'a.yaml'].map((name) => read(name, 'repository')),
    );

    expect(reads).to.deep.equal(['a.yaml']);
    expect(new Set(files)).to.have.property('size', 1);
  });

  it('reads a file once for the folder and once for the repository', async () => {
    const read = readerOf({ 'a.yaml': '' });

    await read('a.yaml', 'folder');
    await read('a.yaml', 'repository');

    expect(reads).to.deep.equal(['a.yaml', 'a.yaml']);
  });

  it('accepts 2 MB in all, and rejects the next character with its location', async () => {
    const text = `${'a'.repeat(1023)}\n`.repeat(1024);
    const read = readerOf({ 'a.yaml': text, 'b.yaml': text, 'c.yaml': 'x' });

    await read('a.yaml', 'folder');
    await read('b.yaml', 'folder');
    const error = await failure(() => read('c.yaml', 'folder'));

    expect([error.code, error.message]).to.deep.equal([
      'FILE_UNREADABLE',
      'c.yaml:1:1 exceeds the limit of all files together: 2097152 characters',
    ]);
  });

  it('reports the line at which two files together exceed 2 MB', async () => {
    const text = `${'a'.repeat(1023)}\n`.repeat(1024);
    const read = readerOf({ 'a.yaml': text, 'b.yaml': text + text });

    await read('a.yaml', 'folder');
    const error = await failure(() => read('b.yaml', 'folder'));

    expect(error.message).to.match(/^b\.yaml:1025:1 /);
  });

  it('rejects the token after 200,000 tokens of all files together, with its location', async () => {
    // A text with its mark, a comma and a space: four tokens each, the list has two and the document three of its own.
    const list = (count: number): string => `[${'a, '.repeat(count)}]`;
    const read = readerOf({ 'a.yaml': list(25_000), 'b.yaml': list(24_000), 'c.yaml': list(2_000) });

    await read('a.yaml', 'folder');
    await read('b.yaml', 'folder');
    const error = await failure(() => read('c.yaml', 'folder'));

    expect(error.message).to.match(/^c\.yaml:1:\d+ exceeds the limit of all files together: 200000 YAML tokens$/);
  });
});
