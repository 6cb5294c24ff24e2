# syntax=docker/dockerfile:1
# The example chat: one image that loads its schema and sample (command `load`) and serves its pages (command `serve`).
ARG NODE_MAJOR=20

FROM node:${NODE_MAJOR}-bookworm-slim AS manifests
WORKDIR /src
# npm reads the manifests of all workspaces, also of those that are not built here.
COPY package.json package-lock.json .npmrc ./
COPY client-sdk/packages/core/package.json client-sdk/packages/core/
COPY client-sdk/packages/react/package.json client-sdk/packages/react/
COPY client-sdk/packages/react18/package.json client-sdk/packages/react18/
COPY client-sdk/packages/codegen/package.json client-sdk/packages/codegen/
COPY client-sdk/packages/testing/package.json client-sdk/packages/testing/
COPY examples/chat/package.json examples/chat/
COPY examples/issues/package.json examples/issues/
COPY examples/bank/package.json examples/bank/
COPY tests/package.json tests/
COPY bench/package.json bench/

FROM manifests AS build
ENV PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
RUN npm ci --no-audit --no-fund
COPY client-sdk client-sdk
COPY examples/chat examples/chat
RUN npm run build && npm run build -w @freshet/example-chat

# What serving needs: the example's own dependencies, none of the tools that build and test.
FROM manifests AS modules
RUN npm ci --no-audit --no-fund --omit=dev -w @freshet/example-chat

FROM node:${NODE_MAJOR}-bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --from=modules /src/ ./
WORKDIR /src/examples/chat
COPY examples/chat/vite.config.ts examples/chat/demo_tokens.ts examples/chat/load.mjs ./
COPY examples/chat/db db
COPY --from=build /src/examples/chat/dist dist
COPY --chmod=755 docker/example.sh /usr/local/bin/example
USER node
EXPOSE 4780
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4780/').then((page) => process.exit(page.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["example"]
CMD ["serve"]
