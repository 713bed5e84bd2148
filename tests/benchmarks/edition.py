"""
One edition of this project, measured on request; run in the folder of that edition.

`python …/edition.py` reads a line of JSON for each turn, {"verb", "clients", "seconds"}, and
answers with one: what an operation of one client costs, or with several operations a second.
Beside `cpu.py` everything that it imports is the edition's own.
"""

# mypy: ignore-errors
import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path[:0] = [str(Path.cwd())]

ACCOUNTS = 10_000


def main():
    from tests.databases import database_for

    with database_for(sys.argv[1], durable=True):
        from tests.benchmarks import clients, verbs

        sys.path.append(str(Path(__file__).parent))
        import cpu

        accounts = verbs.make_accounts(ACCOUNTS)
        verbs.fill_history(accounts, int(sys.argv[2]))
        operations = {
            "spend": verbs.spend(accounts),
            "spend_hot": verbs.spend(accounts[:1]),
            "grant": verbs.grant(accounts),
            "read": verbs.read(accounts),
            "spend_many": verbs.spend_many(accounts),
            "hold_capture": verbs.hold_and_capture(accounts),
            "spend_and_give_back": verbs.give_back(accounts),
        }
        answer({"verbs": list(operations)})
        for line in sys.stdin:
            turn = json.loads(line)
            operate, seconds = operations[turn["verb"]], turn["seconds"]
            if turn["clients"] == 1:
                answer(asdict(cpu.cost(operate, seconds=seconds)))
            else:
                rate = clients.rate(operate, clients=turn["clients"], seconds=seconds)
                answer({"rate": rate})


def answer(found):
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
