# torchq in a container. docs/docker.md is the operator's page: how it is run, configured, watched, stopped.
#
#   docker build -t torchq .                    # podman: podman build --format docker -t torchq .
#
# With Debian's libtorch (CPU), or with another, taken from an image that has PyTorch or from a folder of this machine (a
# wheel unpacked with `pip install --target`); NVIDIA's libraries lie beside it:
#
#   docker build -t torchq --build-context libtorch=docker-image://pytorch/pytorch:TAG \
#     --build-arg LIBTORCH_FOLDER=/opt/conda/lib/python3.11/site-packages --build-arg LIBTORCH=/opt/libtorch/torch .
#   docker build -t torchq --build-context libtorch=FOLDER \
#     --build-arg LIBTORCH_FOLDER=/ --build-arg LIBTORCH=/opt/libtorch/torch .

ARG NODE_IMAGE=node:24-trixie-slim

# Stands for Debian's libtorch: nothing to copy. --build-context libtorch=... takes this stage's place.
FROM ${NODE_IMAGE} AS libtorch
RUN mkdir /none

FROM ${NODE_IMAGE} AS build
ARG LIBTORCH_FOLDER=/none
ARG LIBTORCH=
COPY --from=libtorch ${LIBTORCH_FOLDER} /opt/libtorch
WORKDIR /app
# What changes seldom comes first: an edit repeats neither the system's packages nor npm's.
COPY scripts/setup.mjs scripts/packages.mjs scripts/libtorch.mjs scripts/progress.mjs scripts/main.mjs scripts/lock.mjs scripts/
RUN node scripts/setup.mjs --system && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --no-audit --no-fund
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache node scripts/setup.mjs

# What running needs: no tests, no headers, nothing of the build but the addon.
FROM build AS runtime
RUN npm prune --omit=dev --no-audit --no-fund \
 && rm -rf dist/test node_modules/node-addon-api node_modules/node-api-headers \
 && find build -type f ! -name torchq.node ! -name current.json -delete \
 && find build -type d -empty -delete \
 && find /opt/libtorch -type d \( -name include -o -name cmake \) -prune -exec rm -rf {} + \
 && find /opt/libtorch -name '*.a' -delete \
 && mkdir /runtime \
 && cp -a package.json LICENSE node_modules dist build q /runtime

FROM ${NODE_IMAGE}
ARG LIBTORCH=
RUN --mount=type=bind,source=scripts/runtime-packages.sh,target=/tmp/runtime-packages.sh \
    [ -n "${LIBTORCH}" ] || sh /tmp/runtime-packages.sh
COPY --from=runtime /opt/libtorch /opt/libtorch
COPY --from=runtime /runtime /app
# `docker exec CONTAINER torchq health --ready`, `torchq console localhost:5020`
RUN chmod +x /app/dist/server/main.js && ln -s /app/dist/server/main.js /usr/local/bin/torchq
# Every option has a variable, so that an option of one's own leaves these as they are.
ENV NODE_ENV=production LIBTORCH=${LIBTORCH} TORCHQ_HOST=0.0.0.0 TORCHQ_USERS=/etc/torchq/users
WORKDIR /app
# A number, so that Kubernetes can tell that it is not root's.
USER 1000:1000
EXPOSE 5020
# Kept in Docker's format only (podman build --format docker); Kubernetes has probes of its own.
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["node", "/app/dist/server/main.js", "health"]
# The server itself is process 1 and hears SIGTERM.
ENTRYPOINT ["node", "/app/dist/server/main.js"]
