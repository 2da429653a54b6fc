# One service of Canary. `./build.sh images` publishes it into artifacts/images/SERVICE, which is the context.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
ARG PACKAGES=""
USER root
RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi \
 && mkdir -p /var/lib/canary && chown app:app /var/lib/canary && chmod 0700 /var/lib/canary
ARG SERVICE
COPY health /usr/local/bin/canary-health
COPY service /opt/canary/
RUN ln -s "/opt/canary/$SERVICE" /usr/local/bin/canary-service
ENV CANARY_CONFIG=/etc/canary/canary.yaml \
    CANARY__hosting__data=/var/lib/canary \
    CANARY__hosting__listen=http://0.0.0.0:8480 \
    DOTNET_EnableDiagnostics=0 \
    HOME=/tmp
USER app
VOLUME /var/lib/canary
EXPOSE 8480
ENTRYPOINT ["canary-service"]
