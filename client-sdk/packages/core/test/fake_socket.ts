import type { WebSocketConstructor, WebSocketLike } from "../src/index.js";
import type { ClientMessage, ServerMessage } from "../src/protocol.js";

/** A socket whose other end is the test. */
export class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: ClientMessage[] = [];
  closed = false;
  onSend: (message: ClientMessage) => void = () => {};

  constructor(readonly url: string, readonly protocols: string[]) {}

  send(data: string): void {
    const message = JSON.parse(data) as ClientMessage;
    this.sent.push(message);
    this.onSend(message);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.({} as never);
  }

  receive(message: ServerMessage): void {
    this.receiveText(JSON.stringify(message));
  }

  receiveText(data: unknown): void {
    this.onmessage?.({ data } as never);
  }

  drop(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code } as never);
  }

  /** Frames of one type, oldest first. */
  frames<T extends ClientMessage["type"]>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.sent.filter((message): message is Extract<ClientMessage, { type: T }> => message.type === type);
  }
}

/** A WebSocket constructor that keeps what it made. */
export function fakeSockets(): { sockets: FakeSocket[]; webSocket: WebSocketConstructor; readonly last: FakeSocket } {
  const sockets: FakeSocket[] = [];
  const webSocket = class extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  return {
    sockets,
    webSocket,
    get last() {
      const socket = sockets.at(-1);
      if (socket === undefined) {
        throw new Error("no socket was opened");
      }
      return socket;
    },
  };
}
