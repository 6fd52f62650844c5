"""Where panels ask: Prometheus, and the book of record by the queries of `infra/grafana/queries`."""

from pathlib import Path

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

QUERIES = Path(__file__).parents[1] / "infra" / "grafana" / "queries"
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="poise-prometheus")
BOOK = DataSourceRef(type_val="grafana-postgresql-datasource", uid="poise-book")
"""As `infra/grafana/provisioning/datasources` has them."""


class BookQuery(Dataquery):
    """A question to the book of record, as Grafana's SQL data sources take it; the kit has no model of them."""

    def __init__(self, sql: str, *, over_time: bool) -> None:
        self._sql = sql
        self._format = "time_series" if over_time else "table"
        self.ref_id = ""

    def to_json(self) -> dict[str, object]:
        """Return what stands in a panel's `targets`."""
        return {
            "refId": self.ref_id,
            "datasource": BOOK,
            "editorMode": "code",
            "format": self._format,
            "rawQuery": True,
            "rawSql": self._sql,
        }


class Target(Builder[Dataquery]):
    """A panel's question, named by its place among the panel's questions."""

    def __init__(self, query: prometheus.Dataquery | BookQuery, source: DataSourceRef) -> None:
        self._query = query
        self.source = source

    def named(self, ref_id: str) -> "Target":
        """Give it its name, by which a panel's transformations know it."""
        if isinstance(self._query, BookQuery):
            self._query.ref_id = ref_id
        else:
            self._query.ref_id(ref_id)
        return self

    def build(self) -> Dataquery:
        """Return the question."""
        return self._query if isinstance(self._query, BookQuery) else self._query.build()


def over_time(expression: str, legend: str = "") -> Target:
    """Ask Prometheus over the range of the dashboard."""
    return Target(_prometheus(expression, legend).range(), PROMETHEUS)


def now(expression: str, legend: str = "") -> Target:
    """Ask Prometheus for the end of the range; each series is one value."""
    return Target(_prometheus(expression, legend).instant(), PROMETHEUS)


def now_as_rows(expression: str) -> Target:
    """Ask Prometheus for the end of the range; each series is a row, each label a column."""
    return Target(_prometheus(expression, "").instant().format(PromQueryFormat.TABLE), PROMETHEUS)


def buckets(expression: str) -> Target:
    """Ask Prometheus for a histogram's buckets over the range, for a heat map."""
    return Target(_prometheus(expression, "{{le}}").range().format(PromQueryFormat.HEATMAP), PROMETHEUS)


def rows(name: str) -> Target:
    """Ask the book of record for a table, by the name of the query's file."""
    return Target(BookQuery(_sql(name), over_time=False), BOOK)


def series(name: str) -> Target:
    """Ask the book of record for columns over time, by the name of the query's file."""
    return Target(BookQuery(_sql(name), over_time=True), BOOK)


def _prometheus(expression: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).editor_mode(QueryEditorMode.CODE).datasource(PROMETHEUS)
    return query.legend_format(legend) if legend else query


def _sql(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text()
