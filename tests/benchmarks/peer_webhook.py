"""
gringotts-api's webhook, as its documentation mounts it, in its own environment.

`python peer_webhook.py COUNT` makes so many orders and prints them as JSON; uvicorn serves `app`.
It knows nothing of this project; its imports are the peer's.
"""

# mypy: ignore-errors
import json
import sys

import gringotts
from fastapi import FastAPI
from gringotts import CreditPack, GringottsConfig

PACK = CreditPack(credits=100, price_cents=1000, name="Starter")
USERS = 50

app = FastAPI()
gringotts.init_app(app, GringottsConfig(packs=[PACK]))


@app.get("/empty/")
def empty():
    return ""


def main():
    from gringotts import crud, db, models  # noqa: F401 - the models make the tables

    db.Base.metadata.create_all(db.engine)
    with db.SessionLocal() as session:
        users = [
            crud.create_user(session, f"user-{n}", f"hash-{n}", credits=0) for n in range(USERS)
        ]
        orders = []
        for number in range(int(sys.argv[1])):
            user = users[number % USERS]
            order = crud.create_checkout_order(session, user, PACK.credits, PACK.price_cents, "usd")
            orders.append({"order": order.id, "user": user.id, "credits": PACK.credits})
    print(json.dumps(orders))


if __name__ == "__main__":
    main()
