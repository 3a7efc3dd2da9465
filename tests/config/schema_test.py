"""Judges documents.json by the shipped JSON Schema; schema_test.cc judges the same documents by the parser."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: python3-jsonschema is not installed: the shipped JSON Schema was NOT tested", file=sys.stderr)
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    cases = json.load(file)

jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = 0
for case in cases:
    expected = case["good"] or case.get("schema_cannot_tell", False)
    if validator.is_valid(case["document"]) != expected:
        wrong += 1
        print(f"{case['why']}: expected {'good' if expected else 'bad'}: {case['document']}", file=sys.stderr)
print(f"{len(cases)} documents, {wrong} judged wrongly")
sys.exit(1 if wrong or not cases else 0)
