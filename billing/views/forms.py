"""What a browser may send to billing: very little."""

from uuid import uuid4

from django import forms


class RedeemForm(forms.Form):
    """A voucher's code, in whatever way it was typed."""

    code = forms.CharField(max_length=100)


class BuyForm(forms.Form):
    """
    One button of the shop window.

    The plan is in the address. The token makes one form shown at most one purchase, however
    often it is sent; price and credits are never taken from a browser.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("auto_id", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
