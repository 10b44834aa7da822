#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""jsonschema.py SCHEMA FILE...: says of each file whether it is what the schema describes, as python3-jsonschema finds in the very dialect that the schema names.  Exit status 1 when one is not."""
import json
import os
import sys

sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # or this file would be the library
from jsonschema import Draft202012Validator  # noqa: E402


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def main(path, *files):
    schema, status = load(path), 0
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for file in files:
        error = next(validator.iter_errors(load(file)), None)
        print("%s: %s" % (file, "%s: %s" % (error.json_path, error.message[:100]) if error else "valid"))
        status |= error is not None
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
