"""Wallets: what may be sent and answered, and what can go wrong."""

from pydantic import Field

from chassis.errors import Refusal
from chassis.fields import MAX_AMOUNT, Body, CardNumber, Cents, Funds, Name, View
from chassis.internal import Command, RequestHash

WalletKey = tuple[str, str]  # user_name, card_number


class WalletNotFound(Refusal):
    code, status, sentence = "wallet_not_found", 404, "There is no such wallet."


class InsufficientFunds(Refusal):
    code, status, sentence = "insufficient_funds", 402, "There is not enough money in the wallet."


class BalanceLimit(Refusal):
    code, status, sentence = "balance_limit", 409, "The wallet would hold more than a wallet may."


class Voided(Refusal):
    code, status, sentence = "voided", 409, "This was called off before it was decided."


class Transfer(Body):
    """Money into or out of the wallet that a name and a card number name together."""

    user_name: Name
    card_number: CardNumber
    amount: Funds


class Wallet(View):
    id: str = Field(alias="_id")
    user_name: str
    card_number: str
    amount: Cents


class LookWallet(Command):
    """How much is in this wallet, and what is recorded under the reference?"""

    user_name: Name
    card_number: CardNumber


class DeductFunds(Command):
    """Charge this wallet, once."""

    request_hash: RequestHash
    user_name: Name
    card_number: CardNumber
    amount: int = Field(ge=1, le=MAX_AMOUNT, description="cents")
