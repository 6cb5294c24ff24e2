export { createTestBackend } from "./test_backend.js";
export type { BackendClientOptions, TestBackend, TestBackendOptions } from "./test_backend.js";
export { startTestServer } from "./test_server.js";
export type { TestServer, TestServerOptions } from "./test_server.js";
export { signToken } from "./token.js";
