# The service as a container. README.md says how to run it; `npm run container` builds and tries it.
#
# BUILD_BASE needs Node 20 and npm. RUN_BASE needs a shell, and the C library that BUILD_BASE has;
# its own Node is used where it has one, else that of BUILD_BASE. npm's settings, for a mirror or a
# proxy, are handed over as a file that is in no layer: --secret id=npmrc,src=$HOME/.npmrc
ARG BUILD_BASE=node:20-bookworm-slim
ARG RUN_BASE=debian:bookworm-slim

FROM ${BUILD_BASE} AS build
WORKDIR /source
COPY package.json package-lock.json ./
# What only the checks need, such as a whole Deno, stays away; of the rest the lock file decides.
# No package needs its install script: esbuild's only makes its command start faster.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \
    npm pkg delete devDependencies.deno devDependencies.typescript devDependencies.fast-check && \
    npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && \
    mkdir -p /bundle/lib /bundle/node && \
    cp dist/simplestreams.mjs dist/simplestreams-server.mjs scripts/container_healthcheck.mjs \
      /bundle/lib/ && \
    chmod 755 /bundle/lib/*.mjs && \
    cp -L "$(command -v node)" /bundle/node/node

FROM ${RUN_BASE}
COPY --from=build /bundle/lib/ /usr/local/lib/simplestreams/
# By hand and not by useradd, which not every base has. Links, as Node tells a module by its name's end.
RUN --mount=type=bind,from=build,source=/bundle/node,target=/mnt \
    set -e; \
    command -v node > /dev/null || cp /mnt/node /usr/local/bin/node; \
    echo 'simplestreams:x:10001:' >> /etc/group; \
    echo 'simplestreams:x:10001:10001::/srv/simplestreams:/bin/false' >> /etc/passwd; \
    mkdir -p /srv/simplestreams /var/lib/simplestreams; \
    chown 10001:10001 /srv/simplestreams /var/lib/simplestreams; \
    chmod 700 /var/lib/simplestreams; \
    for name in simplestreams simplestreams-server; do \
      ln -s "../lib/simplestreams/$name.mjs" "/usr/local/bin/$name"; \
      "$name" --version; \
    done

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="simplestreams" \
      org.opencontainers.image.description="Serves a tree of Incus and LXD images, and an API that indexes it" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Without --token-file and TLS the server refuses this address and says what it lacks. A loopback
# address would start, and nobody outside the container could reach it.
ENV SIMPLESTREAMS_ROOT=/srv/simplestreams \
    SIMPLESTREAMS_LISTEN=:8080
EXPOSE 8080
VOLUME /srv/simplestreams
WORKDIR /srv/simplestreams
# A number, as Kubernetes asks for with runAsNonRoot.
USER 10001:10001
STOPSIGNAL SIGTERM
# Whether it is alive, not whether it is ready: an empty tree is no reason to start it again.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "/usr/local/lib/simplestreams/container_healthcheck.mjs"]
ENTRYPOINT ["simplestreams-server"]
