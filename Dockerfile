# syntax=docker/dockerfile:1
# Builds the server with its pages from this checkout. The result runs as an ordinary user.
FROM node:20-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
# The pages need Node.js 20; Debian has an older one.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
COPY . .
# A server without pages runs, but is not what anybody wants from this file.
RUN cargo build --release --locked \
    && ! grep -q "The pages are not built" target/release/whisker \
    && cp target/release/whisker /usr/local/bin/whisker

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/whisker whisker \
    && install --directory --owner=whisker --mode=0700 /var/lib/whisker/data
COPY --from=build /usr/local/bin/whisker /usr/local/bin/whisker
USER whisker
ENV WHISKER_DATA_DIR=/var/lib/whisker/data
VOLUME /var/lib/whisker/data
EXPOSE 8080/tcp 8080/udp
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["whisker", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["whisker"]
CMD ["serve"]
