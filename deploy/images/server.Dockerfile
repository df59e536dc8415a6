# The server: one binary, the page inside. The relay lies beside it for agent images that have none.
# Built by `cargo xtask image server`, which puts `gaggle` and `gaggle-relay` beside this file.
FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man \
 && useradd --uid 1000 --user-group --home-dir /data --no-create-home gaggle \
 && install -d -o 1000 -g 1000 /data

COPY gaggle gaggle-relay /usr/local/bin/

# One arena: lists of many objects otherwise leave their room behind in each of them (a third of what is resident).
ENV HOME=/data GAGGLE_DATA_DIR=/data MALLOC_ARENA_MAX=1
WORKDIR /data
USER 1000:1000
EXPOSE 3000 3002
ENTRYPOINT ["gaggle"]
