import type { ProxyOptions } from "vite";

/**
 * A path of the page's origin that another server answers. Streams end on one side when they end on the other: without this a browser would
 * wait for ever for the events of a server that was killed.
 */
export function relayTo(target: string): ProxyOptions {
  return {
    target,
    configure: (proxy) => {
      proxy.on("proxyRes", (answer, _request, response) => {
        answer.once("close", () => answer.complete || response.destroy());
        response.once("close", () => answer.destroy());
      });
    },
  };
}
