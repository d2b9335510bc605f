# The release that the tests run on, as package.json has it (devDependencies: node), by the digest of its index of
# architectures: both stages take the same one, for compiled code is only good for the very Node that compiled it. An update
# bot changes the tag and the digest here, and nothing else has to change (.github/renovate.json).
ARG NODE_IMAGE=docker.io/library/node:24.21.0-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

# What is built is the same for every architecture: it is built on that of the builder.
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${NODE_IMAGE} AS build
ARG REVISION=unknown
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json build.ts build-page.ts ./
# Without scripts: the one of this package builds, and the sources are not here yet.
RUN npm ci --ignore-scripts
COPY detectors detectors
COPY plugin plugin
RUN node build.ts

# Debian slim, not distroless: the same Node to the patch release, official images only, and a shell, so that
# `kubectl exec` into the sidecar can run `dynamic-toolset explain` and look around. The program needs neither npm nor
# a package: it is a file that starts it, one that is it, and one more each for `serve` and `validate`.
FROM ${NODE_IMAGE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dynamic-toolset" \
      org.opencontainers.image.description="Argo CD plugin that keeps the toolset ConfigMap of an AI troubleshooting agent true" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}"
COPY LICENSE /usr/share/doc/dynamic-toolset/LICENSE
COPY plugin.yaml /home/argocd/cmp-server/config/plugin.yaml
COPY entrypoint.sh /usr/local/bin/dynamic-toolset-entrypoint
COPY --from=build /src/dist/dynamic-toolset.cjs /usr/local/bin/dynamic-toolset
COPY --from=build /src/dist/dynamic-toolset-program.cjs /src/dist/dynamic-toolset-serve.cjs /src/dist/dynamic-toolset-validate.cjs /usr/local/bin/
COPY --from=build /src/dist/THIRD-PARTY-LICENSES.txt /usr/share/doc/dynamic-toolset/
# For Argo CD's UI, with its checksum: an init container of argocd-server copies it.
COPY --from=build /src/dist/extension-dynamic-toolset.js /src/dist/extension-dynamic-toolset.js.sha256 /usr/local/share/dynamic-toolset/
# Compiled code of the program, a third of its start-up. Its folder is named after Node's release, architecture and the
# user id. The root file system may be read-only: whoever runs as another user compiles again, and nothing fails.
ENV NODE_COMPILE_CACHE=/var/cache/dynamic-toolset
# One heap for all threads: the program's own has the work, and each further heap keeps some megabytes to no use. What is larger
# than 128 KiB goes back to the system when it is freed: malloc raises that limit by itself otherwise, up to 32 MiB.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072
RUN install -d -o 999 -g 999 /var/cache/dynamic-toolset
# The user that Argo CD's own containers run as: the socket and the files of the request are its.
USER 999:999
WORKDIR /home/argocd
# Any run leaves the compiled code; this one shows as well that the program works here. With a seed of its own V8 writes
# other code each time, and no two builds had the same digest; what it wrote with this one, it takes without. The options of
# the program's first line have to be the same.
RUN printf '%s' '{"kind":"Service","metadata":{"name":"prometheus","labels":{"app":"prometheus"}},"spec":{"ports":[{"port":9090}]}}' \
    | node $(sed -n '1s/^#!.* -S node //p' /usr/local/bin/dynamic-toolset) --random-seed=1 \
      /usr/local/bin/dynamic-toolset generate --snapshot -
# The program, as in `docker run IMAGE explain`; in the sidecar Argo CD's plugin server, where no command is given.
ENTRYPOINT ["/usr/local/bin/dynamic-toolset-entrypoint"]
