/** Functions to be told of something. One function may be added twice; each registration ends by itself. */
export class Listeners {
  private readonly registered = new Set<() => void>();

  add(listener: () => void): () => void {
    const registration = () => listener();
    this.registered.add(registration);
    return () => this.registered.delete(registration);
  }

  get isEmpty(): boolean {
    return this.registered.size === 0;
  }

  /** Those of now: what is added while they are told is not among them. */
  all(): readonly (() => void)[] {
    return [...this.registered];
  }
}
