# syntax=docker/dockerfile:1
# Builds the server with its pages from this checkout. The result runs as an ordinary user.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked && cp target/release/whisker /usr/local/bin/whisker

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/whisker whisker
COPY --from=build /usr/local/bin/whisker /usr/local/bin/whisker
USER whisker
ENV WHISKER_DATA_DIR=/var/lib/whisker/data
VOLUME /var/lib/whisker/data
EXPOSE 8080/tcp 8080/udp
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["whisker", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["whisker"]
CMD ["serve"]
