import { useCallback, useEffect, useState } from "react";
import type { Command, Status } from "../control/status.ts";

const askedEveryMs = 400;

export interface DemoControl {
  readonly status: Status | undefined;
  /** Why the last command, or the last question, was not answered. */
  readonly problem: string | undefined;
  readonly act: (command: Command) => void;
}

/** What the control server says, asked again and again, and the way to tell it something. */
export function useDemo(): DemoControl {
  const [status, setStatus] = useState<Status>();
  const [problem, setProblem] = useState<string>();
  const take = useCallback(async (response: Response) => {
    const answer = (await response.json()) as Status & { message?: string };
    if (!response.ok) {
      throw new Error(answer.message ?? `the control server answered ${response.status}`);
    }
    setStatus(answer);
  }, []);
  useEffect(() => {
    let isOver = false;
    let hasFailed = false;
    const ask = async () => {
      while (!isOver) {
        try {
          await take(await fetch("/control/status"));
          if (hasFailed) {
            hasFailed = false;
            setProblem(undefined);
          }
        } catch {
          hasFailed = true;
          setProblem("The control server does not answer.");
        }
        await new Promise((resolve) => setTimeout(resolve, askedEveryMs));
      }
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [take]);
  const act = useCallback(
    (command: Command) => {
      setProblem(undefined);
      fetch("/control/do", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(command) })
        .then(take)
        .catch((error: unknown) => setProblem((error as Error).message));
    },
    [take],
  );
  return { status, problem, act };
}
