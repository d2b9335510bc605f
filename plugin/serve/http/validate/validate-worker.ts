import { parentPort, workerData } from 'node:worker_threads';
import { findingsIn } from '../../../validate/files.ts';

/** Texts of files by their names, as they stand in a request. */
type Files = Readonly<Record<string, string>>;

/** In a thread of its own: files from strangers can take seconds, and all memory that there is. */
const { files } = workerData as { readonly files: Files };

void findingsIn((name) => {
  const text = Object.hasOwn(files, name) ? files[name] : undefined;
  return Promise.resolve(text === undefined ? null : { name, text });
}).then((found) => {
  parentPort?.postMessage(found);
});
