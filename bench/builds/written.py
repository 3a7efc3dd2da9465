"""Tables of docs/ that a benchmark writes: between `<!-- NAME -->` and `<!-- end -->`."""

from pathlib import Path


def put(page: Path, name: str, table: str) -> None:
    """The page gets this table in place of the one it had. A page without that place stays as it is: ValueError."""
    text = page.read_text()
    begin, end = f"<!-- {name} -->\n", "<!-- end -->"
    if begin not in text:
        raise ValueError(f"{page} has no line {begin.strip()}")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}{table.strip()}\n{end}{after}")
