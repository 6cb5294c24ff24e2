import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from "react";

const NoticeContext = createContext<(text: string) => void>(() => {});

/** Says something at the foot of the page for a while. */
export function useNotice(): (text: string) => void {
  return useContext(NoticeContext);
}

export function Notices(props: { readonly children: ReactNode }) {
  const [notice, setNotice] = useState<{ readonly text: string }>();
  useEffect(() => {
    if (notice !== undefined) {
      const timer = setTimeout(() => setNotice(undefined), 6_000);
      return () => clearTimeout(timer);
    }
  }, [notice]);
  return (
    <NoticeContext.Provider value={useCallback((text: string) => setNotice({ text }), [])}>
      {props.children}
      <div className="notices" role="alert">
        {notice !== undefined && <p>{notice.text}</p>}
      </div>
    </NoticeContext.Provider>
  );
}
