"""The load: customers who buy, top up, restock and change prices, and who repeat themselves when in doubt."""

import random
from concurrent.futures import ThreadPoolExecutor

from tests.faults.answers import Call
from tests.faults.market import Market

PRODUCTS = ("hot", "warm", "cool", "cold")
PATIENCE = 40  # tries before a customer gives a key up, to be asked once more when all is quiet


def open_for(market: Market, *, seed: int, customers: int) -> list["Customer"]:
    """Stock the shelves and register customers, before anything is broken."""
    for name in PRODUCTS:
        market.stock(name, price=12.5, quantity=400)
    return [Customer(market, number, seed=seed) for number in range(customers)]


class Customer:
    """One buyer with a wallet. What she decides comes from the seed and her number alone."""

    def __init__(self, market: Market, number: int, *, seed: int, funds: int = 2000) -> None:
        self._market = market
        self._random = random.Random(f"{seed}:{number}")
        self._pauses = random.Random(number)  # how often she waits depends on the faults; what she wants must not
        self.name = f"{market.prefix} customer {number}"
        self._card = f"{number:04d}-{self._random.randrange(10**8):08d}"
        email = f"{market.prefix}.{number}@example.com"
        wish = {"user_name": self.name, "email": email, "card_number": self._card}
        status, user = market.request("POST", "userservice", "/users", wish)
        assert status == 201, user
        self.user_id: str = user["_id"]
        self.insist(self._wallet_call("/wallets/add", funds))

    def live(self) -> None:
        """Act until the market closes."""
        while not self._market.stop.is_set():
            self._act()

    def payment(self, product: str, quantity: int) -> Call:
        """A wish to buy, under a key of its own."""
        body = {
            "user_id": self.user_id,
            "user_name": self.name,
            "card_number": self._card,
            "product_name": self._market.product(product),
            "quantity": quantity,
        }
        return self._market.call("paymentservice", "/payments", self._key(), body)

    def insist(self, call: Call) -> bool:
        """Send a call until its answer is final, or patience or the market ends; whether it is."""
        for _ in range(PATIENCE):
            if self._market.send(call):
                return True
            if self._market.stop.wait(self._pauses.uniform(0.05, 0.4)):
                break
        return False

    def _act(self) -> None:
        choice = self._random.random()
        if choice < 0.78:
            self._buy()
        elif choice < 0.84:
            self.insist(self._wallet_call("/wallets/add", self._random.randint(1, 200)))
        elif choice < 0.88:
            self.insist(self._wallet_call("/wallets/deduct", self._random.randint(1, 300)))
        elif choice < 0.92:
            self.insist(self._product_call("/products", quantity=self._random.randint(1, 40), price=self._price()))
        elif choice < 0.96:
            self.insist(self._product_call("/products/deduct", quantity=self._random.randint(1, 3)))
        else:
            path = f"/products/{self._market.product(self._random.choice(PRODUCTS))}"
            self._market.request("PATCH", "productservice", path, {"price": self._price()})

    def _buy(self) -> None:
        call = self.payment(self._random.choice(("hot", *PRODUCTS)), self._random.randint(1, 3))
        if self._random.random() < 0.2:
            with ThreadPoolExecutor(3) as impatient:
                list(impatient.map(self._market.send, [call] * 3))
        if self._random.random() < 0.1:
            self._market.send(call)  # and never comes back
        else:
            self.insist(call)

    def _wallet_call(self, path: str, amount: int) -> Call:
        body = {"user_name": self.name, "card_number": self._card, "amount": amount}
        return self._market.call("walletservice", path, self._key(), body)

    def _product_call(self, path: str, **fields: float) -> Call:
        body = {"product_name": self._market.product(self._random.choice(PRODUCTS)), **fields}
        return self._market.call("productservice", path, self._key(), body)

    def _price(self) -> float:
        return self._random.randint(500, 2000) / 100

    def _key(self) -> str:
        return f"{self._market.prefix}-{self._random.getrandbits(64):x}"
