"""The shelf: what may be sent and answered about products, and what can go wrong."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from chassis.errors import KeyReused, Refusal
from chassis.fields import Body, Cents, Name, Price, Quantity, View

MAX_STOCK = 10**9  # pieces; times the dearest price it is still below 2**63 cents


class ProductNotFound(Refusal):
    code, status, sentence = "product_not_found", 404, "There is no such product."


class OutOfStock(Refusal):
    code, status, sentence = "out_of_stock", 409, "There are not so many pieces left."


class PriceChanged(Refusal):
    code, status, sentence = "price_changed", 409, "The price has changed."


class StockLimit(Refusal):
    code, status, sentence = "stock_limit", 409, f"A product's stock is at most {MAX_STOCK} pieces."


REFUSALS = {each.code: each for each in (ProductNotFound, OutOfStock, PriceChanged, StockLimit)}


class NewProduct(Body):
    product_name: Name
    price: Price
    quantity: Quantity


class PriceChange(Body):
    price: Price


class Purchase(Body):
    product_name: Name
    quantity: Quantity


class ProductPath(Body):
    product_name: Name


class Product(View):
    id: str = Field(alias="_id")
    product_name: str
    price: Cents
    quantity: int

    def with_quantity(self, quantity: int) -> "Product":
        return self.model_copy(update={"quantity": quantity})


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What was answered, first and ever after, to a reference under which pieces were brought in."""

    request_hash: str
    product: Product | None = None
    is_new: bool = False
    code: str | None = None

    def outcome(self, request_hash: str) -> "Addition":
        """This, if it was answered to the body of that hash. Raises KeyReused, or the refusal that was recorded."""
        if self.request_hash != request_hash:
            raise KeyReused
        if self.code is not None:
            raise REFUSALS[self.code]
        return self

    def to_json(self) -> dict[str, Any]:
        assert self.product is not None  # else outcome() raised
        what = "created" if self.is_new else "updated"
        return {**self.product.to_json(), "message": f"Product {what} successfully"}


def decide_addition(new: NewProduct, known: Product | None, *, new_id: str, request_hash: str) -> Addition:
    """The answer to pieces brought in: a new product, a known one with more pieces and the new price, or too many."""
    before = known or Product(id=new_id, product_name=new.product_name, price=new.price, quantity=0)
    if before.quantity + new.quantity > MAX_STOCK:
        return Addition(request_hash=request_hash, code=StockLimit.code)
    after = before.model_copy(update={"price": new.price, "quantity": before.quantity + new.quantity})
    return Addition(request_hash=request_hash, product=after, is_new=known is None)
