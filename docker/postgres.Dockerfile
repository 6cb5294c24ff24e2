# syntax=docker/dockerfile:1
# PostgreSQL with the freshet extension, on the official image of the same major (Debian bookworm, amd64 and arm64).
# The minor must know output_plugin_libraries: 15.19, 16.15, 17.11, 18.6 or newer; the official tags are.
ARG PG_MAJOR=15

FROM postgres:${PG_MAJOR}-bookworm AS build
ARG PG_MAJOR
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ cmake ninja-build "postgresql-server-dev-${PG_MAJOR}" \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY wire wire
COPY extension extension
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DFRESHET_GATEWAY=OFF -DFRESHET_TESTS=OFF \
      -DPG_CONFIG="/usr/lib/postgresql/${PG_MAJOR}/bin/pg_config" \
 && cmake --build /build \
 && DESTDIR=/stage cmake --install /build --strip --component extension

FROM postgres:${PG_MAJOR}-bookworm
ARG PG_MAJOR
COPY --from=build /stage/ /
COPY --chmod=755 docker/postgres-init.sh /docker-entrypoint-initdb.d/10-freshet.sh
# Of 18 and newer the image's own, and the same for every major here: mount the volume at /var/lib/postgresql, and the cluster
# of another major is made beside the old one, where pg_upgrade finds both.
ENV PGDATA=/var/lib/postgresql/${PG_MAJOR}/docker
# The entry point needs root only for directories of another owner.
USER postgres
# wal_level is the one server setting that Freshet needs.
CMD ["postgres", "-c", "wal_level=logical"]
# Over TCP: the server that runs the init scripts listens on its socket alone, so it does not count as healthy.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["sh", "-c", "exec pg_isready -q -U \"$POSTGRES_USER\" -d \"$POSTGRES_DB\" -h 127.0.0.1"]
