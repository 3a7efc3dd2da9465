"""Tables of docs/ that a benchmark writes: between `<!-- NAME -->` and `<!-- end -->`."""

from pathlib import Path


def put(page: Path, name: str, table: str) -> None:
    """The page has this table instead of the one that it had. A page without that place is left as it is: ValueError."""
    text = page.read_text()
    begin, end = f"<!-- {name} -->\n", "<!-- end -->"
    if begin not in text:
        raise ValueError(f"{page} has no line {begin.strip()}")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}{table.strip()}\n{end}{after}")
