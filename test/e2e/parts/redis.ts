import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

/** All keys and values of a Redis as one text, unzipped: Argo CD zips what it caches. */
export async function redisContent(address: string): Promise<string> {
  const port = address.split(':')[1] ?? '';
  const keys = (await ask(port, 'KEYS', '*')).toString().split('\n');
  const values: string[] = [];
  for (const key of keys.filter((one) => one !== '')) values.push(await valueOf(port, key));
  return [...keys, ...values].join('\n');
}

async function valueOf(port: string, key: string): Promise<string> {
  const type = (await ask(port, 'TYPE', key)).toString().trim();
  // It has expired in the meantime.
  if (type === 'none') return '';
  if (type !== 'string') throw new Error(`${key} of Redis is a ${type}, which is not searched here`);
  const value = await ask(port, 'GET', key);
  return (value[0] === 0x1f && value[1] === 0x8b ? gunzipSync(value) : value).toString();
}

/** The raw bytes of the reply, without the trailing new line. */
async function ask(port: string, ...command: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: Infinity } as const;
  const { stdout } = await promisify(execFile)('redis-cli', ['-p', port, '--raw', ...command], options);
  return stdout.subarray(0, -1);
}
