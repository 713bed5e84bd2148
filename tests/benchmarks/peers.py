"""
`make bench-peers`: other ledgers of credits beside the same yardstick, and this one beside them.

Each is installed from the registry into an environment of its own under `.local/peers`, gets a
database of its own, and is used as its documentation says.
"""

import argparse
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.databases import database_for

HERE = Path(__file__).resolve().parent
HOMES = HERE.parent.parent / ".local" / "peers"
PEERS = {
    "hf-nostro": ["hf-nostro[postgres]==0.2.0", "psycopg[binary]"],
    "credit-ledger": ["credit-ledger==0.3.0", "psycopg[binary]"],
    "gringotts-api": ["gringotts-api==0.4.0", "psycopg[binary]", "uvicorn==0.54.0"],
}
VERBS = ("spend", "spend_hot", "grant", "read")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    pythons = {name: installed(name) for name in PEERS}
    with database_for("peers", durable=True):
        compare(pythons, options)


def installed(name: str) -> Path:
    """Make a peer's environment, unless it is there."""
    home = HOMES / name
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        uv = shutil.which("uv")
        if uv:
            subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, home], check=True)
            install = [uv, "pip", "install", "-q", "-p", str(python)]
        else:
            venv.create(home, clear=True, with_pip=True)
            install = [str(python), "-m", "pip", "install", "-q"]
        subprocess.run([*install, *PEERS[name]], check=True)
        (home / "installed").touch()
    return python


def compare(pythons: dict[str, Path], options: argparse.Namespace) -> None:
    from django.db import connection

    from tests.benchmarks import clients, verbs
    from tests.benchmarks.yardstick import ACCOUNTS, yardstick

    with yardstick() as stick:
        base = {
            verb: stick.run(
                clients=options.clients,
                seconds=options.seconds,
                accounts=1 if verb == "spend_hot" else ACCOUNTS,
                reading=verb == "read",
            )
            for verb in VERBS
        }
        accounts = verbs.make_accounts(1_000)
        verbs.fill_history(accounts, 1_000)
        ours = {
            "spend": verbs.spend(accounts),
            "spend_hot": verbs.spend(accounts[:1]),
            "grant": verbs.grant(accounts),
            "read": verbs.read(accounts),
        }
        rows = {
            "this project": {
                verb: clients.rate(ours[verb], clients=options.clients, seconds=options.seconds)
                for verb in VERBS
            }
        }
    values = connection.get_connection_params()
    for name, python in pythons.items():
        database = f"credits_peer_{name.replace('-', '_')}"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {database}")
        where = [values.get("host", "localhost"), database, values.get("user", "postgres")]
        how = [str(options.seconds), str(options.clients)]
        done = subprocess.run(
            [str(python), str(HERE / "peer_worker.py"), name, *where, *how],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        rows[name] = json.loads(done.stdout)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")

    print(f"{'of the yardstick':20}" + "".join(f"{verb:>12}" for verb in VERBS))
    for name, rates in rows.items():
        print(f"{name:20}" + "".join(f"{rates[verb] / base[verb]:12.2f}" for verb in VERBS))


if __name__ == "__main__":
    main()
