# PgBouncer of Debian 13, which carries prepared statements through transactions (1.21 and newer).
FROM debian:trixie-slim
# Its version is not pinned: Debian's stable release gets nothing but fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pgbouncer \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10002 --home-dir /nonexistent --no-create-home pool
USER 10002
EXPOSE 6432
COPY --chmod=755 pgbouncer.sh /usr/local/bin/
CMD ["pgbouncer.sh"]
