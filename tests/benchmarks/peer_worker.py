"""
One other ledger, used as its documentation says, in an environment of its own.

`python peer_worker.py PEER HOST DATABASE USER SECONDS CLIENTS` prints operations a second as JSON.
It knows nothing of this project; its imports are the peer's.
"""

# mypy: ignore-errors
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
import uuid

ACCOUNTS = 1_000
fork = multiprocessing.get_context("fork")


class CreditLedger:
    """credit-ledger: one balance a tenant, no lots."""

    SCHEMA = """
    CREATE TABLE credit_balance (
        tenant_id uuid PRIMARY KEY, credits numeric NOT NULL CHECK (credits >= 0),
        updated_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE credit_ledger (
        id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES credit_balance,
        delta numeric NOT NULL, reason text, idempotency_key text, balance_after numeric NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (tenant_id, idempotency_key));
    """

    def __init__(self, host, database, user):
        self.url = f"postgresql+psycopg://{user}@/{database}?host={host}"

    def prepare(self):
        import credit_ledger
        import sqlalchemy

        engine = sqlalchemy.create_engine(self.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(self.SCHEMA)
        accounts = [str(uuid.uuid4()) for _ in range(ACCOUNTS)]
        for account in accounts:
            credit_ledger.grant(account, 10**8, engine=engine)
        engine.dispose()
        return accounts

    def connect(self):
        import credit_ledger

        credit_ledger.configure(self.url)
        self.peer = credit_ledger

    def spend(self, account):
        assert self.peer.decrement(account, 1, idempotency_key=uuid.uuid4().hex).ok

    def grant(self, account):
        assert self.peer.grant(account, 1, idempotency_key=uuid.uuid4().hex).ok

    def read(self, account):
        self.peer.balance(account)


class Nostro:
    """hf-nostro: lots, expiry, overdraft."""

    def __init__(self, host, database, user):
        self.dsn = f"postgresql://{user}@/{database}?host={host}"

    def prepare(self):
        migrate = [sys.executable, "-m", "nostro", "migrate", "--dsn", self.dsn, "--scale", "0"]
        subprocess.run(migrate, check=True, capture_output=True)
        self.connect()
        accounts = [(f"tenant-{n}", "main") for n in range(ACCOUNTS)]
        for tenant, scope in accounts:
            self.ledger.accounts.get_or_create(tenant, scope)
            self._credit((tenant, scope), 10**8)
        self.ledger.close()
        return accounts

    def connect(self):
        import nostro

        self.nostro = nostro
        self.ledger = nostro.Ledger(dsn=self.dsn, scale=0)

    def _credit(self, account, credits):
        self.ledger.credit(
            self.nostro.AccountKey(*account),
            self.ledger.amount(credits),
            category="topup",
            idempotency_key=uuid.uuid4().hex,
        )

    def spend(self, account):
        self.ledger.debit(
            self.nostro.AccountKey(*account),
            self.ledger.amount(1),
            category="usage",
            idempotency_key=uuid.uuid4().hex,
        )

    def grant(self, account):
        self._credit(account, 1)

    def read(self, account):
        self.ledger.balance(self.nostro.AccountKey(*account))


class Gringotts:
    """gringotts-api: one balance a user, no lots; keys only in its HTTP layer."""

    def __init__(self, host, database, user):
        os.environ["DATABASE_URL"] = f"postgresql+psycopg://{user}@/{database}?host={host}"

    def prepare(self):
        from gringotts import crud, db, models  # noqa: F401 - the models make the tables

        db.Base.metadata.create_all(db.engine)
        with db.SessionLocal() as session:
            accounts = [
                crud.create_user(session, f"user-{n}", f"hash-{n}", credits=10**8).id
                for n in range(ACCOUNTS)
            ]
        db.engine.dispose()
        return accounts

    def connect(self):
        from gringotts import crud, db

        self.crud, self.session = crud, db.SessionLocal()

    def spend(self, account):
        assert self.crud.charge_user(self.session, self.crud.get_user(self.session, account), 1)

    def grant(self, account):
        user = self.crud.get_user(self.session, account)
        assert self.crud.grant_credits(self.session, user, 1, external_id=uuid.uuid4().hex)

    def read(self, account):
        self.session.rollback()
        assert self.crud.get_user(self.session, account).credits


PEERS = {"credit-ledger": CreditLedger, "hf-nostro": Nostro, "gringotts-api": Gringotts}


def rate(peer, verb, accounts, seconds, clients):
    barrier, counts = fork.Barrier(clients, timeout=60), fork.Queue()

    def work():
        random.seed()
        peer.connect()
        operate = getattr(peer, verb)
        for _ in range(3):
            operate(random.choice(accounts))
        barrier.wait()
        done, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            operate(random.choice(accounts))
            done += 1
        counts.put(done)
        counts.close()
        counts.join_thread()
        os._exit(0)

    workers = [fork.Process(target=work, daemon=True) for _ in range(clients)]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=seconds * 20 + 60) for _ in workers)
    for worker in workers:
        worker.join()
    return total / seconds


def main():
    name, host, database, user, seconds, clients = sys.argv[1:]
    peer = PEERS[name](host, database, user)
    accounts = peer.prepare()
    figures = {}
    for verb in ("spend", "spend_hot", "grant", "read"):
        them = accounts[:1] if verb == "spend_hot" else accounts
        figures[verb] = rate(peer, verb.removesuffix("_hot"), them, float(seconds), int(clients))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
