# A host of the demonstration fleet: a Debian machine with sshd, apt and a Consul agent, as hosts/install.sh prepares it.
FROM hashicorp/consul:1.20 AS consul
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openssh-server sudo curl ca-certificates perl-base dumb-init procps \
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
 && mkdir -p /run/sshd
COPY --from=consul /bin/consul /usr/local/bin/consul
COPY install.sh canary-apply /opt/canary-host/
COPY host-entrypoint.sh /usr/local/bin/host-entrypoint
EXPOSE 22 8080
ENTRYPOINT ["dumb-init", "--", "host-entrypoint"]
