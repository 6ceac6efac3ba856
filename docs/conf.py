"""Sphinx configuration: everything is built offline, warnings are errors."""

project = "Patrol"
author = "The Patrol developers"
project_copyright = "2026, The Patrol developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Patrol"
exclude_patterns = ["_build"]
autodoc_typehints = "description"
napoleon_google_docstring = False
napoleon_attr_annotations = False
nitpicky = False
