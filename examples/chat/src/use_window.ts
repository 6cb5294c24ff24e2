import { useLayoutEffect, useState, type RefObject } from "react";

const spareRows = 8;

/** Which rows of a scrolled list of equal rows are in sight, with some to spare. */
export function useWindow(list: RefObject<HTMLElement | null>, count: number, rowHeight: number) {
  const [view, setView] = useState({ top: 0, height: 800 });
  const measure = () => {
    const element = list.current;
    if (element !== null) {
      setView((old) =>
        old.top === element.scrollTop && old.height === element.clientHeight ? old : { top: element.scrollTop, height: element.clientHeight },
      );
    }
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(list.current!);
    return () => observer.disconnect();
  }, []);
  const from = Math.max(0, Math.floor(view.top / rowHeight) - spareRows);
  const to = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + spareRows);
  const reveal = (index: number) => {
    const element = list.current;
    if (element !== null && index >= 0) {
      const top = index * rowHeight;
      element.scrollTop = Math.max(top + rowHeight - element.clientHeight, Math.min(element.scrollTop, top));
    }
  };
  // A list that became shorter while scrolled far down: its end is in sight.
  return { from: Math.min(from, Math.max(0, count - 1)), to, onScroll: measure, reveal };
}
