# torchq in a container, with Debian's libtorch (CPU):
#
#   docker build -t torchq .
#   docker run -p 5020:5020 -v ./users:/etc/torchq/users:ro -e TORCHQ_LOGIN=user:password torchq
#
# `users` is a password file (user:password in each line); TORCHQ_LOGIN is for the health check alone. Without a
# password file the server listens on other addresses than loopback only when told so:
#
#   docker run -p 127.0.0.1:5020:5020 torchq -p 5020 --host 0.0.0.0 --insecure
#
# With a CUDA libtorch, taken from an image that has PyTorch (its site-packages folder; NVIDIA's libraries lie beside
# it), or from such a folder on this machine (a wheel unpacked with `pip install --target`):
#
#   docker build -t torchq --build-arg LIBTORCH_IMAGE=pytorch/pytorch:TAG \
#     --build-arg LIBTORCH_FOLDER=/opt/conda/lib/python3.11/site-packages --build-arg LIBTORCH=/opt/libtorch/torch .
#   docker build -t torchq --build-context libtorch=FOLDER \
#     --build-arg LIBTORCH_FOLDER=/ --build-arg LIBTORCH=/opt/libtorch/torch .
#   docker run --gpus all ... torchq

ARG NODE_IMAGE=node:24-trixie-slim
ARG LIBTORCH_IMAGE=debian-libtorch

# Nothing to copy: the set-up then installs Debian's libtorch.
FROM ${NODE_IMAGE} AS debian-libtorch
RUN mkdir /none

FROM ${LIBTORCH_IMAGE} AS libtorch

FROM ${NODE_IMAGE} AS build
ARG LIBTORCH_FOLDER=/none
ARG LIBTORCH=
COPY --from=libtorch ${LIBTORCH_FOLDER} /opt/libtorch
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache --mount=type=cache,target=/root/.npm \
    node scripts/setup.mjs
# What running needs: no compilers' leftovers, no development packages, and Debian's libtorch without its headers.
RUN npm prune --omit=dev --no-audit --no-fund \
 && rm -rf dist/test build/*/CMakeFiles \
 && { dpkg-query -W -f='${Depends}' libtorch-dev 2>/dev/null | grep -o 'libtorch[0-9][0-9.]*' || true; } > runtime-packages

FROM ${NODE_IMAGE}
ARG LIBTORCH_FOLDER=/none
ARG LIBTORCH=
ENV NODE_ENV=production LIBTORCH=${LIBTORCH}
COPY --from=libtorch ${LIBTORCH_FOLDER} /opt/libtorch
WORKDIR /app
COPY --from=build /app/runtime-packages ./
RUN if [ -s runtime-packages ]; then \
      apt-get update \
   && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(cat runtime-packages) \
   && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/build build
COPY --from=build /app/q q
COPY --from=build /app/scripts/healthcheck.mjs scripts/
USER node
EXPOSE 5020
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["node", "scripts/healthcheck.mjs"]
# The server itself is process 1 and handles SIGTERM: connections are closed in order.
ENTRYPOINT ["node", "dist/server/main.js"]
CMD ["-p", "5020", "--host", "0.0.0.0", "-u", "/etc/torchq/users"]
