"""README.md's tables, as what repeats the code."""

import re

from tests.readme.page import ROOT

README = (ROOT / "README.md").read_text()


def chapter(title: str) -> str:
    """What stands below a heading of the second or third level, up to the next."""
    found = re.search(rf"^###? {re.escape(title)}$(.*?)^##", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found.group(1)


def table(text: str) -> list[list[str]]:
    """The cells of every row below a table's head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if row[0].startswith("`")]
