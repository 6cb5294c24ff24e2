import { useState } from "react";
import { accountFromLastTime, signIn, signOut } from "./session.ts";
import { SignIn } from "./sign_in.tsx";
import { Tracker } from "./tracker.tsx";

export function App() {
  const [account, setAccount] = useState(accountFromLastTime);
  if (account === undefined) {
    return (
      <SignIn
        onChoose={(chosen) => {
          signIn(chosen);
          setAccount(chosen);
        }}
      />
    );
  }
  return (
    <Tracker
      key={account}
      account={account}
      onSignOut={() => {
        signOut();
        setAccount(undefined);
      }}
    />
  );
}
