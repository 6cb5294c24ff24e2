import { createHmac, timingSafeEqual } from "node:crypto";

/** The user of a valid HS256 token, or undefined. */
export function userOf(authorization: string | undefined, secret: string): number | undefined {
  const [header, payload, signature] = (authorization ?? "").replace(/^Bearer /, "").split(".");
  if (header === undefined || payload === undefined || signature === undefined) {
    return undefined;
  }
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return undefined;
  }
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as { alg?: string; sub?: string; exp?: number };
    const { sub, exp } = read(payload);
    const user = Number(sub);
    return read(header).alg === "HS256" && Number.isSafeInteger(user) && exp !== undefined && exp > Date.now() / 1_000 ? user : undefined;
  } catch {
    return undefined;
  }
}
