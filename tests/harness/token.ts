/** Tokens as an identity provider would issue them, and forged ones. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'none';
export type Claims = Record<string, unknown>;

const encode = (value: string | Buffer): string => Buffer.from(value).toString('base64url');

export interface SigningKey {
  readonly algorithm: Algorithm;
  /** What the gateway is configured with: the secret, or the public key as PEM. */
  readonly verifyWith: string;
  readonly sign: (input: string) => Buffer;
}

export function hmacKey(secret: string): SigningKey {
  return {
    algorithm: 'HS256',
    verifyWith: secret,
    sign: (input) => createHmac('sha256', secret).update(input).digest(),
  };
}

export function rsaKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { algorithm: 'RS256', verifyWith: pem(publicKey), sign: (input) => sign('sha256', Buffer.from(input), privateKey) };
}

export function ecKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    algorithm: 'ES256',
    verifyWith: pem(publicKey),
    sign: (input) => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

export const unsigned: SigningKey = { algorithm: 'none', verifyWith: '', sign: () => Buffer.alloc(0) };

/** A token for these claims; `exp` is an hour ahead unless claimed otherwise. */
export function token(key: SigningKey, claims: Claims, header: Claims = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const input = `${encode(JSON.stringify({ alg: key.algorithm, typ: 'JWT', ...header }))}.${encode(
    JSON.stringify({ iat: now, exp: now + 3600, ...claims }),
  )}`;
  return `${input}.${encode(key.sign(input))}`;
}
