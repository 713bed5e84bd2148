"""Views that cost credits."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import uuid4

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from credits import holds, operations
from credits.errors import HoldClosed, InactiveOperation, InsufficientCredits
from credits.holds import Reservation
from credits.models import Account
from credits.views import payment_required

log = logging.getLogger(__name__)

View = Callable[..., Any]
Units = int | Decimal
REFUSED = 400  # from here on an answer says that what was asked for was not done


def charges(
    operation: str,
    *,
    units: Units | Callable[..., Units] = 1,
    account: Callable[[HttpRequest], Account] | None = None,
) -> Callable[[View], View]:
    """
    Let a view run if it can be paid for, and charge for it when it has answered.

        @require_POST
        @charges("image.large")
        def draw(request): ...

    What it costs is held while the view runs. An answer below 400 is paid for; a view that raises,
    or answers 400 or more, costs nothing. The view may charge less than was held, or nothing, by
    `request.reservation.used = 3`; that of a free operation is None. Whoever cannot pay sees the
    page of `credits.views.payment_required`, and the view does not run. Each request pays for
    itself: what must be paid for once, however often it is asked for, is charged for in the view,
    with a key that says what it is.

    :param units: how many, or a function of the request and the view's arguments that tells
    :param account: tells who pays; without it the person who is signed in does, and everybody else
        is sent to `LOGIN_URL`
    """

    def begin(request: HttpRequest, *args: Any, **kwargs: Any) -> "_Charge | HttpResponseBase":
        if account:
            payer = account(request)
        elif request.user.is_authenticated:
            payer = Account.objects.for_user(request.user)
        else:
            return redirect_to_login(request.get_full_path())
        many = units(request, *args, **kwargs) if callable(units) else units
        return _begin(request, payer, operation, many)

    def decorate(view: View) -> View:
        return _charged_async(view, begin) if iscoroutinefunction(view) else _charged(view, begin)

    return decorate


def _charged(view: View, begin: "_Begin") -> View:
    @wraps(view)
    def charged(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        begun = begin(request, *args, **kwargs)
        if not isinstance(begun, _Charge):
            return begun
        try:
            with begun.kept():
                response: HttpResponseBase = view(request, *args, **kwargs)
        except BaseException:
            begun.give_back()
            raise
        begun.settle(response)
        return response

    return charged


def _charged_async(view: View, begin: "_Begin") -> View:
    @wraps(view)
    async def charged(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        begun = await sync_to_async(begin)(request, *args, **kwargs)
        if not isinstance(begun, _Charge):
            return begun
        try:
            with begun.kept():
                response: HttpResponseBase = await view(request, *args, **kwargs)
        except BaseException:
            # Also when the visitor has gone: this task is cancelled then, and this part is not.
            await asyncio.shield(sync_to_async(begun.give_back)())
            raise
        await asyncio.shield(sync_to_async(begun.settle)(response))
        return response

    return charged


_Begin = Callable[..., "_Charge | HttpResponseBase"]


@dataclass(frozen=True)
class _Charge:
    """What is held for one request; nothing for what is free."""

    reservation: Reservation | None

    def kept(self) -> AbstractContextManager[None]:
        """Let the hold last as long as the view runs."""
        return holds.kept(self.reservation.hold) if self.reservation else nullcontext()

    def give_back(self) -> None:
        if self.reservation:
            holds.release(hold=self.reservation.hold)

    def settle(self, response: HttpResponseBase) -> None:
        """Wait for a template that is rendered later: it may still fail, and is then not paid."""
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response.add_post_render_callback(self._pay)
        else:
            self._pay(response)

    def _pay(self, response: HttpResponseBase) -> None:
        if self.reservation is None:
            return
        hold, used = self.reservation.hold, self.reservation.used
        if response.status_code >= REFUSED or used == 0:
            holds.release(hold=hold)
            return
        try:
            holds.capture(hold=hold, credits=used)
        except HoldClosed:
            # What was asked for is done, and its credits are gone: the answer is not kept back.
            log.exception("view_not_paid_for", extra={"hold": hold.pk, "credits": used})


def _begin(
    request: HttpRequest, account: Account, operation: str, units: Units
) -> _Charge | HttpResponseBase:
    try:
        found, credits = operations.priced(operation, units)
    except InactiveOperation as error:
        raise Http404(str(error)) from error  # staff have switched it off
    reservation = None
    if credits:
        try:
            hold = holds.hold(
                account=account,
                credits=credits,
                key=f"view:{uuid4().hex}",
                operation=operation,
                description=found.name,
                metadata={operations.UNITS: operations.written(units)},
            )
        except InsufficientCredits as error:
            return payment_required(request, error, operation=found.name)
        reservation = Reservation(hold)
    request.reservation = reservation  # type: ignore[attr-defined]
    return _Charge(reservation)
