export { createFakeClient, fakeError } from "./fake_client.js";
export type { FakeClient, FakeClientOptions } from "./fake_client.js";
