"""Every attempt to deliver an event."""

from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World


def deliveries(world: World, event: str = "") -> list[Object]:
    """Every attempt to deliver, oldest first: of one event, or of all."""
    rows = world.store.db.execute(
        "SELECT d.event, d.endpoint, d.attempt, d.state, d.status, d.answer, d.milliseconds, "
        "d.due_at, json_extract(e.body, '$.type') AS type, json_extract(w.body, '$.url') AS url "
        "FROM deliveries d LEFT JOIN objects e ON e.id = d.event "
        "LEFT JOIN objects w ON w.id = d.endpoint WHERE ? IN (d.event, '') ORDER BY d.seq",
        (event,),
    )
    return [dict(row) for row in rows]
