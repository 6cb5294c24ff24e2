# syntax=docker/dockerfile:1
# The gateway: one binary on Debian bookworm, amd64 and arm64 (nothing below names an architecture).
FROM debian:bookworm-slim AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ cmake ninja-build pkg-config libpq-dev libpqxx-dev libboost1.81-dev \
      nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev libssl-dev prometheus-cpp-dev libcurl4-openssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY wire wire
COPY sidecar sidecar
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DFRESHET_EXTENSION=OFF -DFRESHET_TESTS=OFF \
 && cmake --build /build --target freshet \
 && install -D -s /build/sidecar/src/app/freshet /stage/usr/local/bin/freshet

FROM debian:bookworm-slim
# The shared libraries that the binary was linked to; `ldd` of the build stage is their list (docs/deployment.md).
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq5 libpqxx-6.4 libspdlog1.10 libfmt9 libssl3 libprometheus-cpp-core1.0 \
      libcurl4 ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin freshet
COPY --from=build /stage/ /
COPY docker/gateway.sh /usr/local/bin/gateway
USER 10001
EXPOSE 4700
ENV FRESHET_LISTEN=0.0.0.0:4700
# SIGTERM: sockets are closed with 1001, work in flight is finished within 10 s, exit 0.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
  CMD ["curl", "-fsS", "http://127.0.0.1:4700/live"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
