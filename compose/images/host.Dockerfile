# A host of the demonstration fleet, or its build host: a Debian machine with sshd, apt and a Consul agent, as hosts/install.sh and
# hosts/install-build-host.sh prepare it.
FROM hashicorp/consul:1.20 AS consul
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openssh-server sudo curl ca-certificates git perl dumb-init procps slirp4netns \
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
 && mkdir -p /run/sshd
COPY --from=consul /bin/consul /usr/local/bin/consul
COPY install.sh canary-apply install-build-host.sh canary-build canary-sandbox canary-cache canary-output /opt/canary-host/
COPY host-entrypoint.sh /usr/local/bin/host-entrypoint
COPY build-host-entrypoint.sh /usr/local/bin/build-host-entrypoint
EXPOSE 22 8080
ENTRYPOINT ["dumb-init", "--", "host-entrypoint"]
