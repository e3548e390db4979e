"""Where the checkout lies that is judged."""

import pathlib

REPOSITORY = pathlib.Path(__file__).parents[3]
