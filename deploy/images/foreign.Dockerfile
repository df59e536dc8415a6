# For tests: an image as others make them. Goose is on its PATH; there is no relay, it would run as root,
# and it starts Goose by itself.
FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man

COPY goose /usr/local/bin/
ENTRYPOINT ["goose", "serve", "--host", "0.0.0.0"]
