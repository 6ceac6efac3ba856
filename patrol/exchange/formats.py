"""Names of the formats; apart, so that the command line loads nothing else."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """Formats that a plan can be written in."""

    GEOJSON = "geojson"
    GPX = "gpx"
