# The agent: Goose, the relay as the first process, and the tools that agents like.
# Built by `cargo xtask image agent`, which puts `goose` and `gaggle-relay` beside this file.
FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl git libstdc++6 procps python3 ripgrep \
 && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man \
 && useradd --uid 1000 --user-group --home-dir /data --no-create-home --shell /bin/bash agent \
 && install -d -o 1000 -g 1000 /data

COPY goose gaggle-relay /usr/local/bin/

# The project's volume: home, workspace and Goose's state are on it.
ENV HOME=/data
WORKDIR /data
USER 1000:1000
EXPOSE 3001
ENTRYPOINT ["gaggle-relay", "--launch", "/etc/gaggle/launch.json"]
