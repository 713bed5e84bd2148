"""The site on its hosts, by the files of `deploy/`: proxy, pool, web processes, worker, Stripe."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.hosts.postgres import PASSWORD, as_nobody
from tests.processes import PROJECT, wait_until

DEPLOY = PROJECT / "deploy"
STRIPE = "http://127.0.0.1:12111"
SECRET = "whsec_hosts"
PATIENCE = 240.0


class Site:
    def __init__(self, network, folder, databases):
        self.network, self.folder, self.databases = network, folder, databases
        self.address = f"https://{network.address('proxy')}"
        self.certificate = folder / "certificates" / "certificate.pem"
        self.certificate.parent.mkdir()
        self.make_certificate()
        self.logs = {}

    def environment(self, database, **values):
        # What the browser's tests need is nothing that a site starts with.
        inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "tests.deploy.hosts.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "a-secret-key-that-is-as-long-and-as-varied-as-production-wants-123456",
            "SITE_URL": self.address,
            "DATABASE_URL": database,
            "EMAIL_URL": "dummymail://",
            "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_LIVE_MODE": "false",
            "STRIPE_API_BASE": STRIPE,
            "BILLING_CHECKOUTS_PER_HOUR": "100000",
            "BILLING_RECONCILE_PATIENCE": "0",
            "API_REQUESTS_PER_MINUTE": "0",
            "BEHIND_PROXY": "true",
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
            **values,
        }

    def direct(self):
        """Past the pool, to whichever of the databases may be written to."""
        hosts = ",".join(database.address for database in self.databases)
        login = f"user=site&password={PASSWORD}"
        return f"postgres:///credits?host={hosts}&target_session_attrs=read-write&{login}"

    def pooled(self):
        return f"postgres://site:{PASSWORD}@{self.network.address('pool')}:6432/credits"

    def python(self, host, *words, database=None):
        environment = self.environment(database or self.direct())
        return self.network.run(host, sys.executable, *words, cwd=PROJECT, env=environment)

    @contextmanager
    def started(self, host, *words, **options):
        log = self.folder / f"{host}-{Path(str(words[0])).name}.log"
        with (
            log.open("ab") as file,
            self.network.running(
                host, *words, stdout=file, stderr=subprocess.STDOUT, **options
            ) as process,
        ):
            self.logs[host] = log
            yield process

    # --- the parts -----------------------------------------------------------------------------

    @contextmanager
    def pool(self, database):
        users = self.folder / "users.txt"
        users.write_text(f'"site" "{PASSWORD}"\n')
        os.chmod(users, 0o644)  # noqa: PTH101
        self.write_pool_file(database)
        with self.started("pool", *as_nobody("pgbouncer", "--quiet", self.ini)) as process:
            self.wait_for("pool", 6432, process)
            yield process

    def point_pool_at(self, database, process):
        """Send the pool elsewhere, as an operator does: another line, and RELOAD."""
        self.write_pool_file(database)
        process.send_signal(signal.SIGHUP)

    def write_pool_file(self, database):
        text = (DEPLOY / "pgbouncer.ini").read_text()
        for shipped, here in (
            ("host=database", f"host={database.address}"),
            ("/tmp/users.txt", str(self.folder / "users.txt")),  # noqa: S108 - of the image
            # Debian 12's does not know it; see the file's own words.
            ("max_prepared_statements = 200\n", ""),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        self.ini.write_text(text)

    @property
    def ini(self):
        return self.folder / "pgbouncer.ini"

    @contextmanager
    def web(self, host):
        environment = self.environment(
            self.pooled(),
            DATABASE_TIMEOUTS="",
            DATABASE_SERVER_SIDE_CURSORS="false",
            CREDITS_PREPARED_STATEMENTS="false",
            CONN_MAX_AGE="0",
            WEB_CONCURRENCY="1",
            WEB_THREADS="8",
        )
        serve = [sys.executable, "-m", "gunicorn", "--config", DEPLOY / "gunicorn.conf.py"]
        with (
            self.to_stripe(host),
            self.started(host, *serve, "config.wsgi", cwd=PROJECT, env=environment) as process,
        ):
            self.wait_for(host, 8000, process)
            yield process

    @contextmanager
    def worker(self):
        work = [sys.executable, "manage.py", "worker"]
        environment = self.environment(self.direct())
        with (
            self.to_stripe("worker"),
            self.started("worker", *work, cwd=PROJECT, env=environment) as process,
        ):
            yield process

    @contextmanager
    def proxy(self):
        text = (DEPLOY / "nginx.conf").read_text()
        for shipped, here in (
            ("/tmp/", f"{self.folder}/"),  # noqa: S108 - of the image
            ("server web1:", f"server {self.network.address('web1')}:"),
            ("server web2:", f"server {self.network.address('web2')}:"),
            ("certificates/", f"{self.certificate.parent}/"),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(text)
        serve = ("nginx", "-e", "stderr", "-c", configuration, "-g", "daemon off;")
        with self.started("proxy", *serve) as process:
            self.wait_for("proxy", 443, process)
            yield process

    def make_certificate(self):
        folder = self.certificate.parent
        address = self.network.address("proxy")
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"),
                *("-keyout", folder / "key.pem", "-out", self.certificate),
            ],
            check=True,
            capture_output=True,
        )

    @contextmanager
    def stripe(self):
        """A Stripe beside the people, which delivers its events to the proxy."""
        serve = [sys.executable, "-m", "stripe_sandbox", "--port=12111", f"--secret={SECRET}"]
        serve += [f"--forward-to={self.address}/webhooks/stripe/"]
        trusting = os.environ | {"SSL_CERT_FILE": str(self.certificate)}
        with (
            self.started("client", *serve, cwd=PROJECT, env=trusting) as process,
            self.relayed("client", self.network.address("client"), "127.0.0.1"),
        ):
            self.wait_for("client", 12111, process, address="127.0.0.1")
            yield process

    @contextmanager
    def to_stripe(self, host):
        with self.relayed(host, "127.0.0.1", self.network.address("client")):
            yield

    @contextmanager
    def relayed(self, host, listen, to):
        relay = [sys.executable, "-m", "tests.deploy.hosts.relay", listen, "12111", to, "12111"]
        with self.network.running(host, *relay, cwd=PROJECT) as process:
            self.wait_for(host, 12111, process, address=listen)
            yield

    def wait_for(self, host, port, process, *, address=None):
        """Wait until something listens, asked on the host itself."""
        there = (address or self.network.address(host), port)
        ask = f"import socket; socket.create_connection({there!r}, 5)"
        command = self.network.command(host, sys.executable, "-c", ask)

        def listens():
            assert process.poll() is None, self.end_of_log(host)
            return subprocess.run(command, capture_output=True, check=False).returncode == 0

        wait_until(listens, seconds=PATIENCE, or_show=lambda: self.end_of_log(host))

    def end_of_logs(self):
        return "\n".join(map(self.end_of_log, self.logs))

    def end_of_log(self, host):
        return f"{host}\n{self.logs[host].read_text(errors='replace')[-3000:]}"
