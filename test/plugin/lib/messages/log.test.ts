import { expect } from 'chai';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import type { Log } from '../../../../plugin/lib/messages/log.ts';
import { codeUrl } from '../../../../plugin/lib/messages/docs-url.ts';
import { stderrLog } from '../../../../plugin/lib/messages/log.ts';

const foreseen = new PluginError('SETTINGS_INVALID', 'toolset.yaml:1:1 a\ntoolset.yaml:2:1 b', { hint: 'do this' });

describe('plugin/lib/messages/log', () => {
  it('writes a failure as plain text at a terminal', () => {
    expect(logged(foreseen, true)).to.equal(
      `Error: toolset.yaml:1:1 a\ntoolset.yaml:2:1 b\ndo this\nSETTINGS_INVALID: ${codeUrl('SETTINGS_INVALID')}\n`,
    );
  });

  it('writes a failure as plain text for Argo CD, but a note as JSON', () => {
    const texts: string[] = [];
    const log = stderrLog((text) => texts.push(text), false, true);
    log.failure(foreseen);
    log.note('n');

    expect(texts).to.deep.equal([logged(foreseen, true), '{"level":"note","message":"n"}\n']);
  });

  it('writes a failure as one line of JSON elsewhere', () => {
    expect(logged(foreseen, false)).to.equal(
      '{"level":"error","code":"SETTINGS_INVALID","message":"toolset.yaml:1:1 a\\ntoolset.yaml:2:1 b","hint":"do this"}\n',
    );
  });

  it('includes the stack of a bug, and asks the user to report it', () => {
    const bug = new TypeError('x is undefined');

    expect(logged(bug, true)).to.equal(
      `Error: a bug in dynamic-toolset: ${bug.stack ?? ''}\nreport it with this text\n`,
    );
    expect(JSON.parse(logged(bug, false))).to.deep.equal({
      level: 'error',
      code: 'BUG',
      message: 'a bug in dynamic-toolset, report it with this text',
      stack: bug.stack,
    });
  });

  it('reports a thrown value that is not an error, and an error without a stack', () => {
    const bare = new Error('bare');
    delete bare.stack;

    expect(logged('text', true)).to.equal('Error: a bug in dynamic-toolset: text\nreport it with this text\n');
    expect(JSON.parse(logged(bare, false))).to.have.property('stack', 'bare');
  });

  it('writes a warning as plain text at a terminal, and as one line of JSON elsewhere', () => {
    const warning = { severity: 'warning', code: 'CREDENTIAL_MISSING', message: 'a\u001B[31mb' } as const;
    const lines = [true, false].map((terminal) =>
      written(terminal, (log) => {
        log.warning(warning);
      }),
    );

    expect(lines).to.deep.equal([
      `Warning: a\\u001b[31mb\nCREDENTIAL_MISSING: ${codeUrl('CREDENTIAL_MISSING')}\n`,
      '{"level":"warning","code":"CREDENTIAL_MISSING","message":"a\\u001b[31mb"}\n',
    ]);
  });

  it('puts the location of a warning before its message, and the hint after it', () => {
    const location = { file: 'overrides.yaml', line: 3, column: 5 };
    const line = written(true, (log) => {
      log.warning({
        severity: 'warning',
        code: 'OVERRIDE_UNUSED',
        location,
        message: 'changes nothing',
        hint: 'remove it',
      });
    });

    expect(line).to.equal(
      `Warning: overrides.yaml:3:5 changes nothing; remove it\nOVERRIDE_UNUSED: ${codeUrl('OVERRIDE_UNUSED')}\n`,
    );
  });

  for (const terminal of [true, false]) {
    describe(terminal ? 'at a terminal' : 'as JSON', () => {
      it('escapes control and invisible characters', () => {
        const text = logged(
          new PluginError('USAGE', 'a\u001B[31mb\u009Bc\u202Ed\u{E0041}', { hint: 'e\u007F' }),
          terminal,
        );

        expect(text).to.match(/^[ -~\n]*$/);
        expect(text).to.contain('a\\u001b[31mb\\u009bc\\u202ed\\udb40\\udc41');
      });

      it('truncates a message that quotes a huge input', () => {
        const text = logged(new PluginError('USAGE', 'x'.repeat(1_000_000), { hint: 'do this' }), terminal);

        expect(text).to.have.length.below(4_200);
        expect(text).to.contain('xxx…').and.to.contain('do this');
      });
    });
  }

  it('writes valid JSON whatever it escapes', () => {
    const message = 'tag \u{E0041}, \u2028, "\\", \u0000, \uD800';

    expect(JSON.parse(logged(new PluginError('USAGE', message, { hint: '' }), false))).to.have.property(
      'message',
      message,
    );
  });
});

function logged(error: unknown, terminal: boolean): string {
  return written(terminal, (log) => {
    log.failure(error);
  });
}

function written(terminal: boolean, say: (log: Log) => void): string {
  let text = '';
  const log = stderrLog((part) => {
    text += part;
  }, terminal);
  say(log);
  return text;
}
