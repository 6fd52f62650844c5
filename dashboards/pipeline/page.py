"""Whether everything runs, keeps up, and how long each step takes."""

from dashboards.page import Page
from dashboards.pipeline import latency, markets, now, processes, throughput, work

PAGE = Page(
    uid="poise-pipeline",
    title="Pipeline",
    description="Whether everything runs, keeps up, and how long each step takes.",
    since="now-1h",
    refresh="5s",
    sections=(now.SECTION, processes.SECTION, latency.SECTION, work.SECTION, throughput.SECTION, markets.SECTION),
)
