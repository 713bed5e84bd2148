"""
`make mutants`: plant faults in the ledger, one at a time; the tests must notice each.

Each mutant is a text that is replaced in a copy of the project, where the tests named beside it
run. A mutant that survives is a hole in the tests, and the exit code is 1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120  # seconds for the tests of one mutant
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".local", "*_cache", ".hypothesis", "__pycache__"
)


@dataclass(frozen=True)
class Mutant:
    fault: str
    file: str
    old: str
    new: str
    tests: str


MUTANTS = [
    Mutant(
        "a source may pay twice",
        "credits/migrations/0001_initial.py",
        'models.UniqueConstraint(fields=("source",), name="lot_source_once")',
        'models.UniqueConstraint(fields=("source", "id"), name="lot_source_once")',
        "test_grant.py",
    ),
    Mutant(
        "a source may pay twice (no ON CONFLICT)",
        "credits/sql/grant.sql",
        "VALUES (NEW.account_id, NEW.source, NEW.lot_kind,",
        "VALUES (NEW.account_id, NEW.source || random(), NEW.lot_kind,",
        "test_grant.py",
    ),
    Mutant(
        "no lock: the balance is looked at before, and written after",
        "credits/sql/draw.sql",
        "          AND account.balance - owed >= NEW.credits\n",
        "          AND (SELECT balance - owed FROM credits_account WHERE id = NEW.account_id)"
        " >= NEW.credits\n",
        "test_races.py",
    ),
    Mutant(
        "no lock before giving back",
        "credits/sql/expire.sql",
        "FROM credits_account WHERE id = p_account FOR NO KEY UPDATE;",
        "FROM credits_account WHERE id = p_account;",
        "test_races.py",
    ),
    Mutant(
        "the order of spending is reversed",
        "credits/sql/draw.sql",
        "ORDER BY expires_at, id --",
        "ORDER BY expires_at DESC, id DESC --",
        "test_spend.py",
    ),
    Mutant(
        "many spends take from the last lot first",
        "credits/sql/spend_many.sql",
        "ORDER BY expires_at, id --",
        "ORDER BY expires_at DESC, id DESC --",
        "test_spend_order.py",
    ),
    Mutant(
        "lots without an expiry are spent first",
        "credits/sql/draw.sql",
        "ORDER BY expires_at, id --",
        "ORDER BY expires_at NULLS FIRST, id --",
        "test_spend.py",
    ),
    Mutant(
        "giving back starts with the first taken",
        "credits/sql/give_back.sql",
        "ORDER BY id + 0 DESC",
        "ORDER BY id + 0",
        "test_give_back.py",
    ),
    Mutant(
        "the balance is written before the guard, outside the transaction's amount",
        "credits/sql/expire.sql",
        "SET balance = account.balance + p_amount,",
        "SET balance = account.balance + p_amount * 2,",
        "test_give_back.py",
    ),
    Mutant(
        "the key of a spend is ignored",
        "credits/sql/draw.sql",
        "NEW.balance_after, NEW.key,",
        "NEW.balance_after, NEW.key || random(),",
        "test_spend.py",
    ),
    Mutant(
        "the key of a give back is ignored",
        "credits/sql/give_back.sql",
        "WHERE txn.account_id = NEW.account_id AND txn.key = NEW.key;",
        "WHERE false;",
        "test_give_back.py",
    ),
    Mutant(
        "a repeated key with other arguments passes",
        "credits/ledger/repeating.py",
        "if (first.kind, first.amount, first.undoes_id) != (kind, amount, undoes_id):",
        "if first.kind != kind:",
        "test_spend.py",
    ),
    Mutant(
        "credits can be spent at the instant they expire",
        "credits/sql/draw.sql",
        "account.next_expiry_at > NEW.at)",
        "account.next_expiry_at >= NEW.at)",
        "test_spend.py",
    ),
    Mutant(
        "a sweep leaves what expires at this instant",
        "credits/sql/expire.sql",
        "is_open AND expires_at <= p_at;",
        "is_open AND expires_at < p_at;",
        "test_expire.py",
    ),
    Mutant(
        "a balance shows credits that are due",
        "credits/functions.py",
        "lot.is_open AND lot.expires_at <= %(at)s",
        "lot.is_open AND lot.expires_at < %(at)s",
        "test_expire.py",
    ),
    Mutant(
        "a clawback is a delta, not a target",
        "credits/sql/clawback.sql",
        "WHEN NEW.target > lot.clawed_back THEN least(NEW.target - lot.clawed_back, lot.remaining)",
        "WHEN NEW.target > lot.clawed_back THEN least(NEW.target, lot.remaining)",
        "test_clawback.py",
    ),
    Mutant(
        "what comes back is not taken by a clawback",
        "credits/sql/put_back.sql",
        "least(part, clawback_target - clawed_back)",
        "least(0, clawback_target - clawed_back)",
        "test_give_back.py",
    ),
    Mutant(
        "a restored lot stays expired",
        "credits/sql/clawback.sql",
        "WHEN moved < 0 AND expires_at <= NEW.at THEN NEW.restored_until ELSE expires_at",
        "WHEN false THEN NEW.restored_until ELSE expires_at",
        "test_clawback.py",
    ),
    Mutant(
        "a capture lets nothing go",
        "credits/sql/holds.sql",
        "IF NEW.captured < hold.credits THEN",
        "IF NEW.captured = 0 THEN",
        "test_holds.py",
    ),
    Mutant(
        "a hold can be closed twice",
        "credits/sql/holds.sql",
        "NEW.account_id AND closed_at IS NULL",
        "NEW.account_id",
        "test_holds.py",
    ),
    Mutant(
        "a lien is forgotten",
        "credits/sql/draw.sql",
        "owed := credits_owed_v1(NEW.account_id);",
        "owed := 0;",
        "test_spend.py",
    ),
    Mutant(
        "many spends take more than the next lot has",
        "credits/sql/spend_many.sql",
        "WHERE lot.remaining >= asked.total AND NOT EXISTS",
        "WHERE lot.remaining >= 1 AND NOT EXISTS",
        "test_spend_many.py",
    ),
    Mutant(
        "many spends do not look for keys seen before",
        "credits/sql/spend_many.sql",
        "AND earlier.key = wanted.key",
        "AND false",
        "test_spend_many.py",
    ),
    Mutant(
        "many spends leave nothing for what is owed",
        "credits/sql/spend_many.sql",
        "WHERE NOT NEW.lien",
        "WHERE true",
        "test_spend_many.py",
    ),
    Mutant(
        "many spends do not lock their accounts",
        "credits/sql/spend_many.sql",
        "ORDER BY id FOR NO KEY UPDATE;",
        "ORDER BY id;",
        "test_races.py",
    ),
    Mutant(
        "anyone may write lots",
        "credits/sql/guards.sql",
        "CREATE TRIGGER lot_is_written_by_verbs BEFORE INSERT OR UPDATE ON credits_lot\n"
        "    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)",
        "CREATE TRIGGER lot_is_written_by_verbs BEFORE INSERT OR UPDATE ON credits_lot\n"
        "    FOR EACH STATEMENT WHEN (false)",
        "test_database_guards.py",
    ),
    Mutant(
        "nobody waits in an account's line",
        "credits/sql/draw.sql",
        "IF NEW.in_line THEN",
        "IF false THEN",
        "test_prepared.py",
    ),
    Mutant(
        "every draw waits in its account's line",
        "credits/sql/draw.sql",
        "IF NEW.in_line THEN",
        "IF true THEN",
        "test_prepared.py",
    ),
    Mutant(
        "deadlocks are not tried again",
        "credits/prepared.py",
        '_TRY_AGAIN = {"40001", "40P01"}',
        "_TRY_AGAIN: set[str] = set()",
        "test_races.py",
    ),
    Mutant(
        "the audit does not look at lots",
        "credits/audit.py",
        "AND lot.is_open = (lot.remaining > 0)",
        "OR lot.is_open = (lot.remaining > 0)",
        "test_check_ledger.py",
    ),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose fault contains this")
    options = parser.parse_args()
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=LEFT_OUT, symlinks=True)
        for mutant in MUTANTS:
            if options.only in mutant.fault:
                noticed = is_noticed(mutant, copy)
                sys.stdout.write(f"{'noticed ' if noticed else 'SURVIVED'}  {mutant.fault}\n")
                sys.stdout.flush()
                survivors += [] if noticed else [mutant]
    sys.exit(bool(survivors))


def is_noticed(mutant: Mutant, copy: Path) -> bool:
    file = copy / mutant.file
    sound = file.read_text()
    if mutant.old not in sound:
        raise SystemExit(f"{mutant.file} does not read {mutant.old!r} any more")
    file.write_text(sound.replace(mutant.old, mutant.new))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--create-db"]
    try:
        done = subprocess.run(
            [*command, f"tests/credits/{mutant.tests}"],
            cwd=copy,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return True  # a sweep that leaves what is due is never done
    finally:
        file.write_text(sound)
    if done.returncode > 1:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-1000:])
    return done.returncode == 1


if __name__ == "__main__":
    main()
