import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, sign } from 'node:crypto';

/** In PEM format. Generated for each run, because a key in a repository is public. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A key and a self-signed certificate for 127.0.0.1, or for these names. */
export function selfSigned(name = 'test', names: readonly string[] = []): Identity {
  const own = keyPair();
  return {
    key: pemOfKey(own),
    cert: certificate({ name, of: own, issuer: name, by: own, extensions: [namesOf(names)] }),
  };
}

/** A CA that no client trusts unless configured to. */
export interface Authority {
  readonly cert: string;
  /** Issues a key and a certificate for these names. */
  readonly issue: (name: string, names: readonly string[]) => Identity;
}

/** Creates a CA, like the private ones of operators and companies. */
export function authority(issuer: string): Authority {
  const by = keyPair();
  return {
    cert: certificate({ name: issuer, of: by, issuer, by, extensions: [isAuthority] }),
    issue: (name, names) => {
      const of = keyPair();
      return { key: pemOfKey(of), cert: certificate({ name, of, issuer, by, extensions: [namesOf(names)] }) };
    },
  };
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function keyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function pemOfKey({ privateKey }: KeyPair): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

interface Contents {
  readonly name: string;
  readonly of: KeyPair;
  readonly issuer: string;
  readonly by: KeyPair;
  readonly extensions: readonly Buffer[];
}

function certificate({ name, of, issuer, by, extensions }: Contents): string {
  const algorithm = sequence(Buffer.from('06082a8648ce3d040302', 'hex')); // ecdsa-with-SHA256
  const validity = sequence(...['250101000000Z', '491231235959Z'].map((time) => der(0x17, Buffer.from(time))));
  const body = sequence(
    Buffer.from('a003020102020101', 'hex'), // version 3, serial number 1
    algorithm,
    commonName(issuer),
    validity,
    commonName(name),
    of.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, by.privateKey));
  const lines = sequence(body, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))));
}

/** subjectAltName */
function namesOf(names: readonly string[]): Buffer {
  const alternatives = names.length === 0 ? [loopback] : names.map((one) => der(0x82, Buffer.from(one)));
  return sequence(Buffer.from('0603551d11', 'hex'), der(0x04, sequence(...alternatives)));
}

/** basicConstraints, critical: cA is true. */
const isAuthority = sequence(Buffer.from('0603551d130101ff', 'hex'), der(0x04, sequence(Buffer.from('0101ff', 'hex'))));

/** An iPAddress of a GeneralName; a dNSName has type 0x82. */
const loopback = Buffer.from('87047f000001', 'hex');

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 128
      ? [length]
      : length < 256
        ? [0x81, length]
        : length < 65_536
          ? [0x82, length >> 8, length & 255]
          : [0x83, length >> 16, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
