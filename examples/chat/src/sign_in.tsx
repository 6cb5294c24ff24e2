import { useQuery } from "@freshet/react";
import { Avatar } from "./avatar.tsx";
import { api } from "./generated/api.ts";

export function SignIn(props: { readonly onChoose: (account: number) => void }) {
  const accounts = useQuery(api.people.demo_accounts);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>Freshet chat</h1>
        <p>Choose who you are. Open a second tab as somebody else and watch both.</p>
        {accounts.status === "loading" && <p role="status">Connecting…</p>}
        {accounts.status === "error" && <p role="alert">{accounts.error.message}</p>}
        <ul>
          {accounts.data?.map((account) => (
            <li key={account.id}>
              <button type="button" onClick={() => props.onChoose(account.id)}>
                <Avatar id={account.id} name={account.name} />
                {account.name}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}
