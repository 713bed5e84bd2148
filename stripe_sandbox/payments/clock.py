"""What happens by itself: sessions expire, banks answer."""

import time
from collections.abc import Callable

from stripe_sandbox.payments import paying, payment_intents, refunding
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import Request, World

DUE: dict[str, tuple[str, Callable[[World, Object], None]]] = {
    "expire_session": ("checkout.session", paying.expire),
    "settle_debit": ("payment_intent", payment_intents.settle_debit),
    "settle_refund": ("refund", refunding.settle),
}


def run(world: World) -> None:
    """Do everything whose time has come, each in a transaction of its own."""
    for what, named in world.store.due(time.time()):
        object_name, happen = DUE[what]
        with world.store.transaction():
            world.request = Request()
            world.store.unschedule(what, named)
            happen(world, world.store.get(named, object_name))
