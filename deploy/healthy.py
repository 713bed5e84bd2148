"""Ask the web server of this container whether it is alive; exit code 1 if it is not."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
try:
    connection.request("GET", "/healthz")
    sys.exit(connection.getresponse().status != HTTPStatus.OK)
except OSError as error:
    sys.exit(f"no answer: {error}")
