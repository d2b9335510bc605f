import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { maxFileBytes, openFolder, readGitFile } from '../../../plugin/settings/file.ts';
import { reasonOf } from '../../../plugin/lib/errors.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';

const name = 'toolset.yaml';

describe('plugin/settings/file', () => {
  const folder = temporaryFolder();
  const read = (): Promise<unknown> => readGitFile(folder.path, name);

  describe('openFolder', () => {
    it('returns the folder with symbolic links resolved', async () => {
      await mkdir(join(folder.path, 'real'));
      await symlink('real', join(folder.path, 'link'));

      expect(await openFolder(join(folder.path, 'link'))).to.equal(join(folder.path, 'real'));
    });

    it('rejects a path that does not exist', async () => {
      const error = await failure(() => openFolder(join(folder.path, 'absent')));

      expect(error.code).to.equal('USAGE');
      expect(error.message).to.equal(`--path ${join(folder.path, 'absent')} cannot be read: no such file or directory`);
    });

    it('rejects a path to a file', async () => {
      const path = await folder.write(name, '');

      const error = await failure(() => openFolder(path));

      expect(error.code).to.equal('USAGE');
      expect(error.message).to.equal(`--path ${path} is not a folder`);
    });
  });

  describe('readGitFile', () => {
    it('returns null for a missing file', async () => {
      expect(await read()).to.equal(null);
    });

    it('reads a file without its byte order mark', async () => {
      await folder.write(name, '\uFEFFa: ü\r\n');

      expect(await read()).to.deep.equal({ name, text: 'a: ü\r\n' });
    });

    it('reads a file of exactly 1 MB', async () => {
      await folder.write(name, 'x'.repeat(maxFileBytes));

      expect(await read())
        .to.have.property('text')
        .with.length(maxFileBytes);
    });

    it('follows a symbolic link within the folder', async () => {
      await mkdir(join(folder.path, 'base'));
      await folder.write('base/shared.yaml', 'a: 1\n');
      await symlink('base/shared.yaml', join(folder.path, name));

      expect(await read()).to.deep.equal({ name, text: 'a: 1\n' });
    });
  });

  describe('what it rejects', () => {
    const unreadable: readonly { title: string; make: () => Promise<unknown>; says: string }[] = [
      {
        title: 'a file of more than 1 MB',
        make: () => folder.write(name, 'x'.repeat(maxFileBytes + 1)),
        says: 'it has 1048577 bytes, more than 1048576',
      },
      {
        title: 'a link to a place outside the folder',
        make: () => symlink('/etc/hostname', join(folder.path, name)),
        says: 'it is a link to a place outside the application path',
      },
      {
        title: 'a link to a sibling whose name begins with that of the folder',
        make: async () => {
          await mkdir(`${folder.path}/a`);
          await mkdir(`${folder.path}/ab`);
          await folder.write('ab/secret.yaml', 'a: 1\n');
          await symlink('../ab/secret.yaml', join(folder.path, 'a', name));
          folder.path = join(folder.path, 'a');
        },
        says: 'it is a link to a place outside the application path',
      },
      {
        title: 'a dangling link',
        make: () => symlink('absent.yaml', join(folder.path, name)),
        says: 'it is a link to a file that does not exist',
      },
      {
        title: 'a link to itself',
        make: () => symlink(name, join(folder.path, name)),
        says: 'too many symbolic links encountered',
      },
      { title: 'a folder', make: () => mkdir(join(folder.path, name)), says: 'it is a folder' },
      {
        title: 'a named pipe without a writer',
        make: () => {
          execFileSync('mkfifo', [join(folder.path, name)]);
          return Promise.resolve();
        },
        says: 'it is not a regular file',
      },
      {
        title: 'the extension .yml instead of .yaml',
        make: () => folder.write('toolset.yml', 'a: 1\n'),
        says: 'only toolset.yml is there, which is not read',
      },
    ];
    for (const { title, make, says } of unreadable) {
      it(`rejects ${title}`, async () => {
        const own = folder.path;
        await make();

        const error = await failure(read);
        folder.path = own;

        expect(error.code).to.equal('FILE_UNREADABLE');
        expect(error.message).to.equal(`${name} cannot be read: ${says}`);
        expect(error.hint).not.to.equal('');
      });
    }

    it('rejects a file without read permission', async function () {
      if (process.getuid?.() === 0) this.skip(); // Root may read everything.
      await chmod(await folder.write(name, ''), 0o000);

      const error = await failure(read);

      expect(error.message).to.equal(`${name} cannot be read: permission denied`);
    });

    const invalid = [
      { title: 'Latin-1', bytes: Buffer.from('a: 1\nb: caf\xE9\n', 'latin1'), place: '2:7' },
      { title: 'UTF-16', bytes: Buffer.from('\uFEFFa: 1\n', 'utf16le'), place: '1:1' },
      { title: 'a truncated character at the end', bytes: Buffer.from('a: ü').subarray(0, -1), place: '1:4' },
      { title: 'a surrogate in UTF-8', bytes: Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), place: '2:1' },
      {
        title: 'an invalid byte after a genuine replacement character',
        bytes: Buffer.concat([Buffer.from('a: \uFFFD\nb: é'), Buffer.from([0xff])]),
        place: '2:5',
      },
    ];
    for (const { title, bytes, place } of invalid) {
      it(`rejects ${title}, with the location`, async () => {
        await folder.write(name, bytes);

        const error = await failure(read);

        expect(error.code).to.equal('FILE_UNREADABLE');
        expect(error.message).to.equal(`${name}:${place} is not UTF-8`);
      });
    }
  });

  it('gives the reason of a failed system call without the call and the path', () => {
    expect(reasonOf(new Error("EACCES: permission denied, open '/a/b'"))).to.equal('permission denied');
    expect(reasonOf('something')).to.equal('something');
  });
});
