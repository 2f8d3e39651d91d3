"""The rules that keep a checkout honest, each of which can be dropped to see what it is there for."""

from typing import NamedTuple


class Rules(NamedTuple):
    """One flag a rule: `Rules(sticky_wallet=False)` is the checkout of someone who forgot that one."""

    # One reference, one decision.
    sticky_wallet: bool = True
    """The wallet's "no" is written down, so that it stays a "no"."""
    sticky_stock: bool = True
    """So is the "no" of the stock."""
    records_never_expire: bool = True
    """What was decided is remembered for ever, because a request may be late for ever."""
    references_have_namespaces: bool = True
    """A public deduction under the same key is recorded under another name than the payment."""
    look_refusals_are_recorded: bool = True
    """Whoever sees at a glance that it cannot work records a refusal before saying so."""

    # Whoever is in doubt undoes nothing.
    doubt_is_no_refusal: bool = True
    """No answer is not a "no": the money may have moved."""
    void_writes_a_no: bool = True
    """Recovery does not ask whether a charge happened: it makes sure that from now on it cannot."""
    unwritten_order_stays_pending: bool = True
    """When the order cannot be written, the customer waits; the stock, which is paid for, is kept."""

    # What comes after what.
    settle_after_order: bool = True
    """An open reservation is the note that work is left; it is closed when the order is there."""
    recorded_price_is_used: bool = True
    """After the reservation, its price is the price, whatever the shelf or the customer says now."""
    one_failure_blocks_no_other: bool = True
    """Recovery goes on to the next payment when one of them cannot be finished."""

    # One key, one request.
    bodies_are_compared: bool = True
    """Another request under a key in use is turned away, not answered with the first one's result."""
    another_body_is_no_refusal: bool = True
    """To be turned away so says nothing about the payment under that key; nothing is released."""

    # Many commands, one call.
    lists_are_atomic: bool = True
    """A list that is aborted leaves nothing behind: neither a record nor a changed count."""
    aborted_answers_are_forgotten: bool = True
    """When an aborted list is run again, only the answers of the run that was committed are given."""
    lists_are_deduplicated: bool = True
    """A reference that stands in a list twice is decided once."""
    answers_keep_their_reference: bool = True
    """Each answer goes to the command it belongs to, in whatever order the answers come."""

    def without(self, name: str) -> "Rules":
        """The same rules, but for one."""
        return self._replace(**{name: False})


AS_DESIGNED = Rules()
