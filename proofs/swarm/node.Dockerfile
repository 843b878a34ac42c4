# A machine of a swarm, or its registry of images.
FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends docker-cli docker-registry docker.io iptables \
    && rm -rf /var/lib/apt/lists/*
VOLUME /var/lib/docker
