"""Streets as arrays: reading, projecting, snapping, paths, storing."""

from maps.graph import StreetGraph as StreetGraph
from maps.graph import StreetTags as StreetTags
from maps.project import LocalProjection as LocalProjection
from maps.read import embedded_map_path as embedded_map_path
from maps.read import read_map as read_map
from maps.street_map import StreetMap as StreetMap
