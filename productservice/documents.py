"""How a product and a reservation are written down in MongoDB, and read again."""

import orjson

from chassis.mongo import Document
from productservice.commands import memo_text
from productservice.decisions import Reservation
from productservice.domain import Product


def product_of(document: Document) -> Product:
    return Product(
        id=document["_id"],
        product_name=document["product_name"],
        price=document["price"],
        quantity=document["quantity"],
    )


def document_of(reservation: Reservation) -> Document:
    document = {"_id": reservation.reference, **reservation.to_json()}
    del document["reference"]
    memo = document.pop("memo")
    if memo is not None:
        document["memo"] = memo_text(memo)
    if reservation.answer is not None:
        document["answer"] = dict(reservation.answer)
    return document


def reservation_of(document: Document) -> Reservation:
    fields = {name: document[name] for name in ("state", "request_hash", "product_name", "quantity", "price")}
    memo, answer = document.get("memo"), document.get("answer")
    return Reservation(
        reference=document["_id"],
        **fields,
        memo=memo and orjson.loads(memo),
        code=document["code"],
        reason=document["reason"],
        answer=answer and Product(**answer),
    )
