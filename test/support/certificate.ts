import { generateKeyPairSync, sign } from 'node:crypto';

/**
 * A key and a certificate for 127.0.0.1, or for these names, that it signed for itself: made for each run, because a key
 * that stands in a repository is public.
 */
export function selfSigned(
  name = 'test',
  names: readonly string[] = [],
): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(Buffer.from('06082a8648ce3d040302', 'hex')); // ecdsa-with-SHA256
  const commonName = der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name))));
  const validity = sequence(...['250101000000Z', '491231235959Z'].map((time) => der(0x17, Buffer.from(time))));
  const alternatives = names.length === 0 ? [loopback] : names.map((one) => der(0x82, Buffer.from(one)));
  const body = sequence(
    Buffer.from('a003020102020101', 'hex'), // version 3, serial number 1
    algorithm,
    sequence(commonName),
    validity,
    sequence(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(Buffer.from('0603551d11', 'hex'), der(0x04, sequence(...alternatives))))), // subjectAltName
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** An iPAddress of a GeneralName; a dNSName is of the type 0x82. */
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
