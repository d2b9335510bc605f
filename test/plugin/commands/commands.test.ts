import { expect } from 'chai';
import { commands } from '../../../plugin/commands/commands.ts';
import { parseFlags } from '../../../plugin/commands/flags/flags.ts';
import { parseProposeFlags } from '../../../plugin/commands/flags/propose-flags.ts';
import { parseServeFlags } from '../../../plugin/commands/flags/serve-flags.ts';
import { commandHelp } from '../../../plugin/commands/help/help.ts';

describe('plugin/commands/commands', () => {
  it('accepts further names of its own cluster wherever a command reads one', () => {
    const reading = Object.entries(commands).filter(
      ([name, { options }]) => 'kubeconfig' in options || name === 'serve',
    );
    const without = reading.filter(([, { options }]) => !('own-cluster' in options));

    expect(without.map(([name]) => name)).to.deep.equal([]);
  });

  for (const [name, command] of Object.entries(commands)) {
    it(`gives examples of ${name} that its own flags accept`, () => {
      expect(command.examples).not.to.deep.equal([]);
      for (const { args } of command.examples) {
        const [first, ...rest] = args.split(' ');
        expect(first).to.equal(name);
        if (name === 'serve') parseServeFlags(rest);
        else if (name === 'propose') parseProposeFlags(rest);
        else parseFlags(rest, command.options, {}, command.operands === undefined ? 0 : Infinity);
      }
    });

    it(`prints help for ${name} with every flag, at most 120 columns wide`, () => {
      const help = commandHelp(name, command);

      for (const flag of Object.keys(command.options)) expect(help).to.contain(`--${flag}`);
      for (const line of help.split('\n')) expect(line.length, line).to.be.at.most(120);
    });
  }
});
