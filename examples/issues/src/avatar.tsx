import type { CSSProperties } from "react";

/** Initials on a colour that belongs to the person. */
export function Avatar(props: { readonly id: number; readonly name: string }) {
  const initials = props.name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const hue = (props.id * 137) % 360;
  return (
    <span className="avatar" style={{ "--hue": hue } as CSSProperties} title={props.name}>
      {initials}
    </span>
  );
}
