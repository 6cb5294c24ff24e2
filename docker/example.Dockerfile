# syntax=docker/dockerfile:1
# The example chat: one image that loads its schema and sample (command `load`) and serves its pages (command `serve`).
FROM node:20-bookworm-slim AS build
WORKDIR /src
ENV PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# Only the workspaces that the app is built from.
COPY package.json package-lock.json .npmrc ./
COPY client-sdk client-sdk
COPY examples/chat examples/chat
COPY tests/package.json tests/package.json
COPY bench/package.json bench/package.json
RUN npm ci --no-audit --no-fund \
 && npm run build \
 && npm run build -w @freshet/example-chat

FROM node:20-bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client curl \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=node:node /src /src
COPY docker/example.sh /usr/local/bin/example
USER node
WORKDIR /src/examples/chat
EXPOSE 4780
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:4780/"]
ENTRYPOINT ["example"]
CMD ["serve"]
