#!/usr/bin/env python3
"""schema.py SCHEMA [--lines] FILE... - validates each file by the schema, strictly.

With --lines each line of a file is a document.  The schema must name every field, and require it: a
document with another field, or without one of them, is invalid.
"""
import copy
import json
import sys

import jsonschema


def strict(node):
    """No object may have a field that is not named."""
    if isinstance(node, dict):
        if "properties" in node and "oneOf" not in node:
            node["additionalProperties"] = False
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            strict(item)


def documents(paths, lines):
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for text in f.read().splitlines() if lines else [f.read()]:
                yield f"{path}: {text[:200]}", json.loads(text)


def main():
    arguments = sys.argv[1:]
    lines = "--lines" in arguments
    schema_path, *paths = [a for a in arguments if a != "--lines"]
    with open(schema_path, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    strict(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for what, document in documents(paths, lines):
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        if error:
            sys.exit(f"{what}\n{error.json_path}: {error.message}")
        for field in document:
            less = copy.copy(document)
            del less[field]
            if validator.is_valid(less):
                sys.exit(f"{what}\nvalid without '{field}'")


main()
