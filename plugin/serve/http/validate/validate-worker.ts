import { parentPort, workerData } from 'node:worker_threads';
import { boundedReader } from '../../../settings/bounded-reader.ts';
import { findingsIn } from '../../../validate/files.ts';
import { getOwn } from '../../../lib/json.ts';

/** File contents by name, from a request. */
type Files = Readonly<Record<string, string>>;

/** Runs in its own thread: untrusted files can take seconds, and any amount of memory. */
const { files } = workerData as { readonly files: Files };

const read = boundedReader((name) => {
  const text = getOwn(files, name);
  return Promise.resolve(text === undefined ? null : { name, text });
});

void findingsIn(read).then((found) => {
  parentPort?.postMessage(found);
});
