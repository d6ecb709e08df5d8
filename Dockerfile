# syntax=docker/dockerfile:1
# Stepwell with what functions need: Python, Node.js and bubblewrap. docs/operating.md says how to run it.

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add x86_64-unknown-linux-musl
WORKDIR /src
COPY . .
RUN CARGO_PROFILE_RELEASE_STRIP=symbols \
    cargo build --release --locked --target x86_64-unknown-linux-musl --package stepwell \
    && cp target/x86_64-unknown-linux-musl/release/stepwell /stepwell

FROM debian:bookworm-slim
# npm and pip fetch the runtimes and SDKs that functions ask for; without them, and with --offline, what is here is used.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        bubblewrap ca-certificates nodejs npm python3 python3-pip \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin stepwell \
    && install --directory --owner stepwell --group stepwell --mode 0700 /data
COPY --from=build /stepwell /usr/local/bin/stepwell
USER stepwell
ENV STEPWELL_DATA_DIR=/data
VOLUME /data
EXPOSE 4566
# Any process in the container reaches the port: what comes from outside has to be signed.
ENTRYPOINT ["stepwell"]
CMD ["serve", "--listen", "0.0.0.0:4566", "--auth", "required"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["stepwell", "health"]
