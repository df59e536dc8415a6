# For tests: Goose, the libraries it needs, and nothing else. No shell, no package manager, no users.
FROM debian:bookworm-slim AS libraries

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/*
COPY goose /usr/local/bin/
# What the loader says it needs, with the loader itself, under their own names.
RUN mkdir -p /root-of-it/etc/ssl/certs /root-of-it/usr/local/bin /root-of-it/tmp \
 && ldd /usr/local/bin/goose | grep -o '/[^ )]*' | sort -u | xargs -I{} cp -L --parents {} /root-of-it \
 && cp /etc/ssl/certs/ca-certificates.crt /root-of-it/etc/ssl/certs/ \
 && cp /usr/local/bin/goose /root-of-it/usr/local/bin/

FROM scratch
COPY --from=libraries /root-of-it /
ENV PATH=/usr/local/bin
ENTRYPOINT ["goose", "serve", "--host", "0.0.0.0"]
