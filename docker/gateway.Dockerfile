# syntax=docker/dockerfile:1
# The gateway: one binary on Debian bookworm, amd64 and arm64 (nothing below names an architecture).
FROM debian:bookworm-slim AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ cmake ninja-build libpq-dev libpqxx-dev pkg-config libboost1.81-dev nlohmann-json3-dev \
      libcli11-dev libspdlog-dev libfmt-dev libssl-dev prometheus-cpp-dev zlib1g-dev libcurl4-openssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY wire wire
COPY sidecar sidecar
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DFRESHET_EXTENSION=OFF -DFRESHET_TESTS=OFF \
 && cmake --build /build --target freshet \
 && install -D -s /build/sidecar/src/app/freshet /stage/usr/local/bin/freshet

FROM debian:bookworm-slim
# A package for each library that the binary names (readelf -d), and curl for the health check.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends libstdc++6 libssl3 libpq5 libpqxx-6.4 libspdlog1.10 libfmt9 libprometheus-cpp-core1.0 libcurl4 \
      ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 freshet \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin freshet
COPY --from=build /stage/ /
COPY --chmod=755 docker/gateway.sh /usr/local/bin/gateway
# A library that is missing fails the build, not the start.
RUN freshet --version
USER 10001:10001
EXPOSE 4700
ENV FRESHET_LISTEN=0.0.0.0:4700
# SIGTERM: sockets are closed, work in flight has --stop-timeout (9 s), exit 0.
STOPSIGNAL SIGTERM
# Alive, not ready: a gateway whose database is away must not be killed for it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:4700/live"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
