import { createHmac } from "node:crypto";

/** A token (JWT, HS256) with these claims and an hour to live, unless they say when it expires. */
export function signToken(claims: Readonly<Record<string, unknown>>, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const expiry = { exp: Math.floor(Date.now() / 1000) + 3_600 };
  const input = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...expiry, ...claims })}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
