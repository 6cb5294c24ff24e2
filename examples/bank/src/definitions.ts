export type CounterName = "frames" | "torn" | "lost" | "twice" | "leaked";

/** What each counter counts, the same for both sides; README.md says where in the sources. */
export const counters: readonly { readonly name: CounterName; readonly definition: string }[] = [
  {
    name: "frames",
    definition:
      "States that were shown: on this page, what the two tiles say after each change of the page, read back from it; in a simulated browser, each state that its client publishes.",
  },
  {
    name: "torn",
    definition: "Frames in which the two tiles disagree on an account. In the database they agree at every moment: such a moment never was.",
  },
  {
    name: "lost",
    definition:
      "Transfers that a browser was told are done and that are not in the books; and browsers that still show an old state 5 seconds after the last write.",
  },
  {
    name: "twice",
    definition: "Transfers that were wanted once and are in the books more often, each time beyond the first.",
  },
  {
    name: "leaked",
    definition:
      "Frames that show somebody what was written after their membership had ended: the members' notice gets a new number right after it, and no former member may see that.",
  },
];
