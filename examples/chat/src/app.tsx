import { useState } from "react";
import { Chat } from "./chat.tsx";
import { accountFromLastTime, signIn, signOut } from "./session.ts";
import { SignIn } from "./sign_in.tsx";

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
    <Chat
      key={account}
      account={account}
      onSignOut={() => {
        signOut();
        setAccount(undefined);
      }}
    />
  );
}
