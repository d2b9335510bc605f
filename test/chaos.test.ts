import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { faultCases } from './chaos/faults.ts';
import { randomFrom } from './chaos/random.ts';
import { chaosTable, isHeld } from './chaos/report.ts';
import type { Row } from './chaos/report.ts';
import { startTcpProxy } from './chaos/tcp-proxy.ts';

const row: Row = {
  name: 'etcd',
  about: 'etcd killed',
  from: 'etcd is ready',
  barSeconds: 10,
  rightMs: 840,
  requests: 20,
  changes: 1,
  actions: 2,
  twice: 0,
  peakMB: 81.2,
  problem: null,
};

describe('chaos', () => {
  it('accepts a result unless it never recovered, repeated an action or had another problem', () => {
    expect(isHeld(row)).to.equal(true);
    expect(
      [{ rightMs: null }, { twice: 1 }, { problem: 'ended' }].map((one) => isHeld({ ...row, ...one })),
    ).to.deep.equal([false, false, false]);
  });

  it('prints for each result whether it recovered within the bar', () => {
    const lines = chaosTable([row, { ...row, rightMs: null, changes: 3 }]).split('\n');

    expect(lines[2]).to.match(/`etcd` .* 0\.8 s after etcd is ready .* 10 s .* 20 .* 2 for 1 change .* 0 .* 81 MB/);
    expect(lines[3]).to.match(/\*\*not\*\* after etcd is ready .* 2 for 3 changes/);
  });

  it('is documented: every fault is in the table and in the explanations of docs/reliability.md', () => {
    const text = readFileSync(new URL('../docs/reliability.md', import.meta.url), 'utf8');
    const [before = '', table = ''] = text.split('<!-- chaos: ');

    for (const { name, about } of faultCases(0.5)) {
      expect(table, name).to.include(`| \`${name}\``);
      expect(before, name).to.include(`\`${name}\``);
      expect(table, name).to.include(about);
    }
    expect(table).to.not.include('**not**');
  });

  it('draws the same random numbers from the same seed', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 1_000 }, randomFrom(seed));

    expect(numbers(1)).to.deep.equal(numbers(1)).and.not.deep.equal(numbers(2));
    expect(numbers(1).filter((one) => one < 0.8)).to.have.length.within(750, 850);
  });

  it('simulates a partition: no byte passes, nothing is closed, and a new connection works afterwards', async () => {
    const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const proxy = await startTcpProxy((echo.address() as AddressInfo).port);
    const ask = async (text: string, silence?: Promise<string>): Promise<string> => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.write(text);
      const answered = once(socket, 'data').then(String, () => 'closed');
      const closed = once(socket, 'close').then(() => 'closed');
      const answer = await Promise.race([answered, closed, ...(silence === undefined ? [] : [silence])]);
      socket.destroy();
      return answer;
    };

    try {
      expect(await ask('one')).to.equal('one');
      proxy.part();
      expect(await ask('two', delay(200, 'silence'))).to.equal('silence');
      proxy.heal();
      expect(await ask('three')).to.equal('three');
    } finally {
      await proxy.stop();
      echo.close();
    }
  });
});
