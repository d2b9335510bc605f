import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import { Scheduler } from './scheduler.ts';
import type { SchedulerOptions, Task } from './scheduler.ts';

/** A scheduler whose tasks end when the test says so, with a clock that the test sets. */
function scheduled(tasks: readonly Task[], atOnce: number) {
  const running = new Map<string, PromiseWithResolvers<boolean>>();
  const changes: string[] = [];
  let nowMs = 0;
  const places = { count: atOnce };
  const options: SchedulerOptions<Task> = {
    hasRoom: (running) => running < places.count,
    run: ({ title }) => {
      const end = Promise.withResolvers<boolean>();
      running.set(title, end);
      return end.promise;
    },
    onChange: ({ task, state }) => changes.push(`${task.title} ${state}`),
    now: () => nowMs,
  };
  const scheduler = new Scheduler(tasks, options);
  return {
    scheduler,
    changes,
    places,
    running: () => [...running.keys()],
    end: async (title: string, isGood: boolean | Error = true, atMs = nowMs) => {
      nowMs = atMs;
      const { resolve, reject } = running.get(title)!;
      running.delete(title);
      if (isGood instanceof Error) reject(isGood);
      else resolve(isGood);
      await setImmediate();
    },
  };
}

const titled = (...titles: readonly string[]): readonly Task[] => titles.map((title) => ({ title }));

describe('run/scheduler', () => {
  it('runs as many tasks at once as there is room for, in the given order', async () => {
    const { scheduler, running, end } = scheduled(titled('a', 'b', 'c'), 2);
    void scheduler.runAll();

    expect(running()).to.deep.equal(['a', 'b']);
    await end('a');

    expect(running()).to.deep.equal(['b', 'c']);
  });

  it('starts another task once there is more room', () => {
    const { scheduler, running, places } = scheduled(titled('a', 'b', 'c'), 1);
    void scheduler.runAll();
    places.count = 2;
    expect(running()).to.deep.equal(['a']);

    scheduler.startNext();

    expect(running()).to.deep.equal(['a', 'b']);
  });

  it('starts a later task while an earlier one has to wait', async () => {
    const { scheduler, running, end } = scheduled(
      [{ title: 'build' }, { title: 'needs it', after: ['build'] }, { title: 'free' }],
      2,
    );
    void scheduler.runAll();

    expect(running()).to.deep.equal(['build', 'free']);
    await end('build');

    expect(running()).to.deep.equal(['free', 'needs it']);
  });

  it('reports what a task waits for, when it started and how long it took', async () => {
    const { scheduler, end } = scheduled([{ title: 'build' }, { title: 'suite', after: ['build'] }], 2);
    void scheduler.runAll();
    const suite = { title: 'suite', after: ['build'] };

    expect(scheduler.status().at(1)).to.deep.equal({
      task: suite,
      state: 'waiting',
      waitsFor: ['build'],
      startedMs: null,
      tookMs: null,
    });
    await end('build', true, 5);
    await end('suite', true, 12);

    expect(scheduler.status().at(1)).to.deep.equal({
      task: suite,
      state: 'passed',
      waitsFor: [],
      startedMs: 5,
      tookMs: 7,
    });
  });

  it('runs a suite even if its build failed', async () => {
    const { scheduler, changes, end } = scheduled([{ title: 'build' }, { title: 'suite', after: ['build'] }], 2);
    const all = scheduler.runAll();
    await end('build', false);
    await end('suite');

    expect((await all).map(({ state }) => state)).to.deep.equal(['failed', 'passed']);
    expect(changes).to.deep.equal(['build running', 'build failed', 'suite running', 'suite passed']);
  });

  it('treats a rejection as a failure and continues', async () => {
    const { scheduler, end } = scheduled(titled('a', 'b'), 1);
    const all = scheduler.runAll();
    await end('a', new Error('spawn mocha ENOENT'));
    await end('b');

    expect((await all).map(({ state }) => state)).to.deep.equal(['failed', 'passed']);
  });

  it('finishes at once when there is nothing to run', async () => {
    expect(await scheduled([], 2).scheduler.runAll()).to.deep.equal([]);
  });

  for (const [what, tasks] of [
    ['itself', [{ title: 'a', after: ['a'] }]],
    ['a later task', [{ title: 'a', after: ['b'] }, { title: 'b' }]],
    ['an unknown task', [{ title: 'a', after: ['c'] }]],
  ] as const) {
    it(`rejects a task that waits for ${what}`, () => {
      expect(() => scheduled(tasks, 2)).to.throw(/^"a" comes after .*, which is not listed before$/);
    });
  }
});
