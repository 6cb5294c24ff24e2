import { useQuery } from "@freshet/react";
import { Avatar } from "./avatar.tsx";
import { api, type PersonId } from "./generated/api.ts";

export function SignIn(props: { readonly onChoose: (account: PersonId) => void }) {
  const accounts = useQuery(api.people.demo_accounts);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>Freshet issues</h1>
        <p>Choose who you are. Two workspaces share one guest and nothing else: open a second tab as somebody else and watch both.</p>
        {accounts.status === "loading" && <p role="status">Connecting…</p>}
        {accounts.status === "error" && <p role="alert">{accounts.error.message}</p>}
        <ul>
          {accounts.data?.map((account) => (
            <li key={account.id}>
              <button type="button" onClick={() => props.onChoose(account.id)}>
                <Avatar id={account.id} name={account.name} />
                <span>
                  <strong>{account.name}</strong>
                  <small>{account.workspaces.join(", ")}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}
