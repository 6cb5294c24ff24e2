import { FreshetError } from "@freshet/client";

/** What people read for a constraint; the database's names are the keys. */
const sentences: Readonly<Record<string, string>> = {
  key_taken: "Another project of this workspace has this key.",
  key_form: "Two to five capital letters.",
  name_length: "Between 1 and 60 characters.",
  title_length: "Between 1 and 120 characters.",
  body_length: "At most 4,000 characters.",
  comment_length: "Between 1 and 2,000 characters.",
};

export interface FormErrors<Field extends string> {
  readonly fields: Readonly<Partial<Record<Field, string>>>;
  /** What belongs to no field. */
  readonly form: string | undefined;
}

interface Violation {
  readonly constraint?: string;
  readonly arguments?: readonly string[];
}

interface Problem {
  readonly path: string;
  readonly expected: string;
}

/** Puts an error beside the field whose value it is about: a violated constraint names the arguments, a wrong argument its path. */
export function formErrors<Field extends string>(error: unknown, fields: readonly Field[]): FormErrors<Field> {
  if (error instanceof FreshetError && error.code === "invalid_arguments" && Array.isArray(error.details)) {
    const found = fields.flatMap((field) => {
      const problem = (error.details as readonly Problem[]).find(({ path }) => path === field);
      return problem === undefined ? [] : [[field, `Expected: ${problem.expected}.`]];
    });
    if (found.length > 0) {
      return { fields: Object.fromEntries(found) as FormErrors<Field>["fields"], form: undefined };
    }
  }
  if (error instanceof FreshetError && (error.code === "conflict" || error.code === "constraint_violation")) {
    const violation = (error.details ?? {}) as Violation;
    // A key of several columns names the tenant too: what the form asked for is what can be changed.
    const field = fields.find((name) => violation.arguments?.includes(name));
    const sentence = sentences[violation.constraint ?? ""] ?? error.message;
    if (field !== undefined) {
      return { fields: { [field]: sentence } as FormErrors<Field>["fields"], form: undefined };
    }
  }
  return { fields: {} as FormErrors<Field>["fields"], form: messageOf(error) };
}

export function messageOf(error: unknown): string {
  if (error instanceof FreshetError && error.code === "forbidden") {
    return "You may look here, but not change anything.";
  }
  return error instanceof Error ? error.message : String(error);
}
