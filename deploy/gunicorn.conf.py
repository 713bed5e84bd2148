"""
The web server of a container or a host: `gunicorn --config deploy/gunicorn.conf.py config.wsgi`.

On SIGTERM it takes no new connection, finishes the requests that it has and ends within 30 s.
"""

import os
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SITE))

from config import logs  # noqa: E402 - gunicorn has not been told yet where the site is

MEMORY = Path("/dev/shm")  # noqa: S108 - where a container with a read-only root may write

chdir = str(SITE)
# To all interfaces: a container has one, and the proxy reaches it there.
bind = f"{os.environ.get('BIND', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None
timeout = 60
graceful_timeout = 25
control_socket_disable = True  # it would be a file in a home that there is not
keepalive = 75  # longer than the proxy keeps a connection: it closes first
# Whoever may reach the port is the proxy; it alone says who the client is.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "*")
# Lines like those of the site, which logs each request itself, with its number.
logconfig_dict = logs.logging_config(
    readable=False,
    level=os.environ.get("LOG_LEVEL", "INFO"),
    stream=os.environ.get("LOG_STREAM", "stderr"),
)
logconfig_dict["loggers"] |= {
    "gunicorn.access": {"level": "CRITICAL"},
    "gunicorn.error": {"handlers": ["console"], "propagate": False},
}
