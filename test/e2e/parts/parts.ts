import type { Starting } from '../../cluster/parts/controller-manager.ts';
import { removeFolder, startGuard, waitUntilReady } from '../../cluster/parts/process.ts';
import type { Component, Guard } from '../../cluster/parts/process.ts';

/** Long enough for a machine that runs every suite at once. */
const startDeadlineMs = 180_000;

/** Running parts, to be ended whatever comes next. */
export interface Parts {
  /** Waits until a part that is being started is ready. */
  readonly ready: <Part extends Starting>(starting: Promise<Part>) => Promise<Part>;
  /** Runs once all components have ended. */
  readonly atEnd: (action: () => Promise<void>) => void;
  readonly components: () => readonly Component[];
  readonly stop: () => Promise<void>;
}

/** Nothing is left behind, whatever happens to this process: the folder is removed as well. */
export function partsIn(folder: string): Parts {
  const guard: Guard = startGuard(folder);
  const components: Component[] = [];
  const atEnd: (() => Promise<void>)[] = [];
  return {
    ready: async (starting) => {
      const part = await starting;
      guard.add(part.component.pid);
      components.push(part.component);
      await waitUntilReady(part.component, startDeadlineMs, part.isReady);
      return part;
    },
    atEnd: (action) => {
      atEnd.push(action);
    },
    components: () => components,
    stop: async () => {
      await Promise.all(components.map((component) => component.stop()));
      for (const action of atEnd) await action();
      guard.release();
      await removeFolder(folder);
    },
  };
}
