import { expect } from 'chai';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { temporaryFolder } from '../support/folder.ts';
import { prometheus, recording, service } from '../support/objects.ts';
import { ended, startProgram } from '../support/program.ts';
import { reported, runHere } from '../support/run.ts';

describe('plugin/main', () => {
  const folder = temporaryFolder();

  it('reads the recorded cluster from standard input', async () => {
    const cluster = await folder.write('cluster.json', recording(prometheus()));
    const { stdout: expected } = await runHere(['generate', '--path', folder.path, '--snapshot', cluster]);

    const program = startProgram(['generate', '--path', folder.path, '--snapshot', '-']);
    program.stdin?.end(recording(prometheus()));
    const [stdout, end] = await Promise.all([text(program.stdout!), ended(program)]);

    expect(stdout).to.equal(expected);
    expect(end).to.deep.equal({ code: 0, stderr: '' });
  });

  it('reports an unknown command on stderr only, with exit code 2', async () => {
    const program = startProgram(['genrate']);
    const [stdout, end] = await Promise.all([text(program.stdout!), ended(program)]);

    expect(stdout).to.equal('');
    expect(end.code).to.equal(2);
    expect(reported(end).message).to.equal('unknown command "genrate", did you mean generate?');
  });

  it('writes all of a large output to a slow reader', async () => {
    const services = Array.from({ length: 2_000 }, (_, index) => service({ name: `web-${index}` }));
    const cluster = await folder.write('cluster.json', recording(...services));
    const args = ['explain', '-o', 'json', '--path', folder.path, '--snapshot', cluster];
    const { stdout: expected } = await runHere(args);

    const program = startProgram(args);
    const end = ended(program);
    const chunks: Buffer[] = [];
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      await setImmediate();
    }

    expect(expected.length).to.be.above(256 * 1024);
    expect(Buffer.concat(chunks).toString('utf8') === expected).to.equal(true);
    expect(await end).to.deep.equal({ code: 0, stderr: '' });
  });

  it('fails when stdout is closed', async () => {
    const program = startProgram(['generate', '--path', folder.path, '--snapshot', '-']);
    const end = ended(program);
    program.stdout?.destroy();
    program.stdin?.end(recording(prometheus()));

    expect((await end).code).to.equal(5);
    expect(reported(await end)).to.include({
      code: 'OUTPUT_UNWRITABLE',
      message: 'stdout cannot be written: broken pipe',
      hint: 'check what reads the output',
    });
  });

  it('exits with 70 when nothing is left that the run waits for', async () => {
    const endless = `
      import files from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      files.stat = () => new Promise(() => {});
      syncBuiltinESMExports();`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(endless)}`];
    const program = startProgram(['validate', '--path', folder.path], 'pipe', 'pipe', args);
    const [stdout, end] = await Promise.all([text(program.stdout!), ended(program)]);

    expect(stdout).to.equal('');
    expect(end.code).to.equal(70);
    expect(end.stderr).to.contain('the run stopped before it was done');
  });

  describe('on a full disk', () => {
    let full: number;

    before(function () {
      if (process.platform !== 'linux') this.skip();
      full = openSync('/dev/full', 'w');
    });

    after(() => {
      closeSync(full);
    });

    it('fails when the output cannot be written', async () => {
      const end = await ended(startProgram(['help'], full));

      expect(end.code).to.equal(5);
      expect(reported(end).code).to.equal('OUTPUT_UNWRITABLE');
      expect(reported(end).message).to.match(/^stdout cannot be written: no space left on device/);
    });

    it('keeps its exit code when not even the error can be written', async () => {
      expect(await ended(startProgram(['genrate'], 'pipe', full))).to.deep.equal({ code: 2, stderr: '' });
    });
  });
});
