import { FreshetClient, type TokenSupplier } from "@freshet/client";
import { PersonId } from "./generated/api.ts";

const storedAccount = "freshet-issues-account";

/** One client for the page: it outlives sign-ins. */
export const client = new FreshetClient(new URL("/sync", location.href).href, {
  auth: accountFromLastTime() === undefined ? null : tokensOf(accountFromLastTime()!),
  onError: (error) => console.warn(error),
});

/** Asks the demo's token endpoint, again before each token ends. */
function tokensOf(account: PersonId): TokenSupplier {
  return async () => {
    const response = await fetch("/demo/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ account }),
    });
    const answer = (await response.json()) as { token?: string; message?: string };
    if (answer.token === undefined) {
      throw new Error(answer.message ?? `the token endpoint answered ${response.status}`);
    }
    return answer.token;
  };
}

/** Of this tab only: two tabs can be two people. */
export function accountFromLastTime(): PersonId | undefined {
  const account = Number(sessionStorage.getItem(storedAccount));
  return Number.isSafeInteger(account) && account > 0 ? PersonId(account) : undefined;
}

export function signIn(account: PersonId): void {
  sessionStorage.setItem(storedAccount, String(account));
  client.setAuth(tokensOf(account));
}

export function signOut(): void {
  sessionStorage.removeItem(storedAccount);
  client.setAuth(null);
}
