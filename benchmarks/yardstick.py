"""The yardstick: a bare Textual app of the same version with one DataTable of 100 rows."""

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Due", "P", "Number", "Organisation", "Matter", "Caller")
        for n in range(100):
            table.add_row(f"{n} min", str(n % 5 + 1), f"214-{n:04}-1", f"Organisation {n}", f"The matter of row {n}",
                          f"Caller {n}")
