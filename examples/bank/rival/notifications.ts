import pg from "pg";

/**
 * Listens for what the triggers announce. When the connection was away, anything may have changed: `refreshAll` is called when it is back,
 * and before that nothing is lost, for it listens again before it calls.
 */
export class Notifications {
  private client: pg.Client | undefined;
  private isStopped = false;

  constructor(
    private readonly url: string,
    private readonly changed: (bank: number, tile: string) => void,
    private readonly refreshAll: () => void,
  ) {}

  async start(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, keepAlive: true });
    client.on("error", () => {});
    client.on("notification", ({ payload }) => {
      const { bank, tile } = JSON.parse(payload ?? "{}") as { bank: number; tile: string };
      this.changed(bank, tile);
    });
    try {
      await client.connect();
      await client.query("LISTEN rival");
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    this.client = client;
    client.once("end", () => void this.again());
    this.refreshAll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.client?.end();
  }

  private async again(): Promise<void> {
    while (!this.isStopped) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      try {
        return await this.start();
      } catch (error) {
        console.error(`rival: cannot listen: ${String(error)}`);
      }
    }
  }
}
