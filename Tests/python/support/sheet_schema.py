"""The sheet's schema, and a YAML 1.2 loader for sheets that shares nothing with ours."""

import json

import jsonschema
import ruamel.yaml
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.nodes import ScalarNode

from repository import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "schemas/cue-sheet.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


class TextKeys(SafeConstructor):
    """YAML 1.2's core schema has no dates, and the keys of a sheet are text whatever they hold."""

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        mapping = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise ConstructorError(None, None, "a key is no text", key_node.start_mark)
            mapping[key_node.value] = self.construct_object(value_node, deep=deep)
        return mapping

    def construct_text(self, node):
        return node.value


TextKeys.add_constructor("tag:yaml.org,2002:timestamp", TextKeys.construct_text)


def load(text):
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    yaml.Constructor = TextKeys
    return yaml.load(text)


def problems(sheet):
    return sorted(VALIDATOR.iter_errors(sheet), key=lambda error: error.json_path)
