"""
The rules of the ledger a second time, simply: no database, no code shared with `credits`.

Every verb returns what the ledger should answer; what is refused or repeated changes nothing, not
even what is due. Lots are lists of lists walked in plain loops.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

GRACE = timedelta(days=30)
LONGEST = timedelta(days=7)  # that a hold may last


class Refused(Exception):
    """The ledger should refuse, and with these numbers."""


@dataclass
class ModelLot:
    source: str
    kind: str
    granted: int
    expires_at: datetime | None
    order: int
    priority: int = 50
    starts_at: datetime | None = None
    spent: int = 0
    held: int = 0
    gone: int = 0  # expired
    adjusted: int = 0
    clawed: int = 0
    pending: int = 0
    target: int = 0

    @property
    def left(self):
        used = self.spent + self.held + self.gone + self.adjusted + self.clawed
        return self.granted - used - self.pending

    @property
    def shortfall(self):
        return max(0, self.spent + self.held - (self.granted - self.target))


@dataclass
class Operation:
    kind: str
    amount: int
    arguments: tuple
    slug: str = ""
    taken: list = field(default_factory=list)  # [lot, credits], in order of taking
    held: list = field(default_factory=list)
    status: str = ""
    captured: int = 0
    placed_at: datetime | None = None
    lasts_until: datetime | None = None
    late: "Operation | None" = None  # the spend that a capture made after it had let go
    asked: int = 0  # what that capture would have spent


class ModelAccount:
    def __init__(self):
        self.lots = []
        self.operations = []  # amounts, in order
        self.slugs = []  # what each of them was charged for
        self.keys = {}

    @property
    def balance(self):
        return sum(lot.left for lot in self.lots)

    def balance_at(self, now):
        lots = [lot for lot in self.lots if not _over(lot, now)]
        begun = [lot for lot in lots if _begun(lot, now)]
        owed = sum(min(lot.pending, lot.target - lot.clawed) for lot in begun)
        return sum(lot.left for lot in lots) + sum(lot.pending for lot in begun) - owed

    @property
    def held(self):
        return sum(lot.held for lot in self.lots)

    def grant(self, *, credits, source, kind, expires_at, now, priority=50, starts_at=None):
        for lot in self.lots:
            if lot.source == source:
                if (lot.granted, lot.kind) != (credits, kind):
                    raise Refused("source")
                return lot
        self.sweep(now)
        lot = self._open(credits, source, kind, expires_at)
        lot.priority, lot.starts_at = priority, starts_at
        if starts_at is not None and starts_at > now:
            lot.pending = credits
            self._record(-credits)
        return lot

    def spend(self, *, credits, key, now, slug="", lien=False):
        return self._draw("SPEND", credits, key, now, slug=slug, lien=lien)

    def hold(self, *, credits, key, now, lasts, slug="", lien=False):
        operation = self._draw("HOLD", credits, key, now, slug=slug, lien=lien)
        if not operation.status:
            operation.status = "HELD"
            operation.placed_at, operation.lasts_until = now, now + lasts
        return operation

    def adjust(self, *, credits, key, now):
        if credits < 0:
            return self._draw("ADJUSTMENT", -credits, key, now)
        if key in self.keys:
            return self._repeated(key, ("ADJUSTMENT", credits, ""))
        self.sweep(now)
        self._open(credits, f"adjusted {key}", "ADJUSTMENT", None)
        operation = Operation("ADJUSTMENT", credits, ("ADJUSTMENT", credits, ""))
        self.keys[key] = operation
        return operation

    def give_back(self, *, operation, credits, key, now):
        arguments = ("GIVE_BACK", credits, id(operation))
        if key in self.keys:
            return self._repeated(key, arguments)
        used = sum(part for _lot, part in operation.taken)
        if credits > used:
            raise Refused("nothing to give back", used)
        self.sweep(now)
        self._return(operation.taken, credits, "spent", operation.slug, now)
        done = Operation("GIVE_BACK", credits, arguments)
        self.keys[key] = done
        return done

    def extend(self, *, hold, lasts, now):
        if hold.status != "HELD":
            raise Refused("closed")
        hold.lasts_until = max(hold.lasts_until, min(now + lasts, hold.placed_at + LONGEST))

    def capture(self, *, hold, credits, now, lien=False):
        if hold.status == "EXPIRED":
            self._capture_late(hold, credits, now, lien)
            return
        if hold.status != "HELD":
            if hold.captured == credits:
                return
            raise Refused("closed")
        self.sweep(now)
        left = credits
        for lot, part in hold.held:
            used = min(part, left)
            left -= used
            if used:
                lot.held -= used
                lot.spent += used
                hold.taken.append([lot, used])
        rest = []
        passed = credits
        for lot, part in hold.held:
            covered = min(part, passed)
            passed -= covered
            if part > covered:
                rest.append([lot, part - covered])
        hold.status, hold.captured = "CAPTURED", credits
        back = sum(part for _lot, part in rest)
        if back:
            self._return(rest, back, "held", hold.slug, now)

    def release(self, *, hold, now, status="RELEASED"):
        if hold.status != "HELD":
            if hold.captured == 0:
                return
            raise Refused("closed")
        self.sweep(now)
        hold.status = status
        self._return(hold.held, sum(part for _lot, part in hold.held), "held", hold.slug, now)

    def set_target(self, *, lot, target, key, now):
        if target == lot.target:
            return
        arguments = ("TARGET", target, id(lot))
        if key in self.keys:
            self._repeated(key, arguments)
            return
        self.sweep(now)
        lot.target = target
        if target < lot.clawed:
            if _over(lot, now):
                lot.expires_at = now + GRACE
            moved = lot.clawed - target
        else:
            moved = -min(target - lot.clawed, lot.left)
        if moved:
            lot.clawed -= moved
            self._record(moved)
            self.keys[key] = Operation("TARGET", moved, arguments)

    def sweep(self, now):
        self._begin(now)
        lost = 0
        for lot in self.lots:
            if _over(lot, now):
                lost += lot.left
                lot.gone += lot.left
        if lost:
            self._record(-lost)
        return lost

    def _capture_late(self, hold, credits, now, lien):
        if hold.late is None:
            available = self.balance_at(now) - (self._owed() if lien else 0)
            if available <= 0:
                raise Refused("closed")
            hold.asked = credits
            hold.late = self._draw(
                "SPEND", min(credits, available), f"late {id(hold)}", now, slug=hold.slug, lien=lien
            )
        if hold.asked != credits:
            raise Refused("closed")

    def _owed(self):
        return sum(lot.shortfall for lot in self.lots if lot.target > lot.clawed)

    def _begin(self, now):
        begun = [lot for lot in self.lots if _begun(lot, now)]
        parts = [[lot, lot.pending] for lot in sorted(begun, key=lambda lot: lot.starts_at)]
        if parts:
            self._return(parts, sum(lot.pending for lot in begun), "pending", "", now)

    def _open(self, credits, source, kind, expires_at):
        lot = ModelLot(source, kind, credits, expires_at, len(self.lots))
        self.lots.append(lot)
        self._record(credits)
        return lot

    def _draw(self, kind, credits, key, now, *, slug="", lien=False):
        if key in self.keys:
            return self._repeated(key, (kind, -credits, slug))
        owed = self._owed() if lien else 0
        if self.balance_at(now) - owed < credits:
            raise Refused("insufficient", max(0, self.balance_at(now) - owed))
        self.sweep(now)
        operation = Operation(kind, -credits, (kind, -credits, slug), slug)
        left = credits
        for lot in sorted(self.lots, key=_spend_order):
            part = min(left, lot.left)
            if part == 0:
                continue
            left -= part
            if kind == "SPEND":
                lot.spent += part
                operation.taken.append([lot, part])
            elif kind == "HOLD":
                lot.held += part
                operation.held.append([lot, part])
            else:
                lot.adjusted += part
        self._record(-credits, slug)
        self.keys[key] = operation
        return operation

    def _return(self, parts, credits, column, slug, now):
        left, claws, losses = credits, 0, 0
        self._record(credits, slug)
        for part in reversed(parts):
            lot, back = part[0], min(part[1], left)
            left -= back
            part[1] -= back
            setattr(lot, column, getattr(lot, column) - back)
            claw = min(lot.left, lot.target - lot.clawed)
            lot.clawed += claw
            claws += claw
            if _over(lot, now):
                losses += lot.left
                lot.gone += lot.left
        if claws:
            self._record(-claws)
        if losses:
            self._record(-losses)

    def _record(self, amount, slug=""):
        self.operations.append(amount)
        self.slugs.append(slug)

    def _repeated(self, key, arguments):
        first = self.keys[key]
        if first.arguments != arguments:
            raise Refused("key")
        return first


def _spend_order(lot):
    return (lot.priority, lot.expires_at is None, lot.expires_at or 0, lot.order)


def _begun(lot, now):
    return lot.pending > 0 and lot.starts_at <= now


def _over(lot, now):
    return lot.expires_at is not None and lot.expires_at <= now
