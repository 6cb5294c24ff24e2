/** Asks the demo's token endpoint. */
export async function tokenOf(user: number): Promise<string> {
  const response = await fetch("/demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account: user }),
  });
  const answer = (await response.json()) as { token?: string; message?: string };
  if (answer.token === undefined) {
    throw new Error(answer.message ?? `the token endpoint answered ${response.status}`);
  }
  return answer.token;
}
