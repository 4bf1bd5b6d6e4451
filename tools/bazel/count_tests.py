# SPDX-License-Identifier: Apache-2.0
"""Prints how the tests of one `bazel test` went, a line for each and a line `N passed, N failed` for all.

Usage: count_tests.py EVENTS STATUS
EVENTS is what --build_event_json_file wrote, STATUS is Bazel's exit status. The log of a test says how many test cases
or checks it made: doctest's summary, or `N passed, N failed` as its last line, which may also say `, N skipped`. A test that says nothing counts as one; a
test that did not come to its end (crash, timeout, build error) has at least one failure. Exits with 1 if anything failed.
"""

import json
import re
import sys
from urllib.parse import unquote, urlparse

DOCTEST = re.compile(r"^\[doctest\] test cases: *\d+ \| *(\d+) passed \| *(\d+) failed", re.MULTILINE)
SCRIPT = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*\Z", re.MULTILINE)


def counts(log, ok):
    """How many cases of a test passed, failed and were skipped."""
    summary = DOCTEST.search(log) or SCRIPT.search(log)
    passed, failed, skipped = map(int, (*summary.groups("0"), "0")[:3]) if summary else (int(ok), int(not ok), 0)
    return passed, failed if ok else max(failed, 1), skipped


def read_log(outputs):
    for output in outputs:
        if output["name"] == "test.log":
            with open(unquote(urlparse(output["uri"]).path), errors="replace") as log:
                return log.read()
    return ""


def results(events):
    """(label, outcome, passed, failed, skipped) of each test."""
    tests = {
        event["id"]["targetConfigured"]["label"]
        for event in events
        if event.get("configured", {}).get("targetKind", "").endswith("_test rule")
    }
    for event in events:
        if "testResult" in event:
            result = event["testResult"]
            ok = result["status"] == "PASSED"
            label = event["id"]["testResult"]["label"]
            yield label, result["status"].lower(), *counts(read_log(result.get("testActionOutput", [])), ok)
        elif "targetCompleted" in event["id"] and not event.get("completed", {}).get("success"):
            label = event["id"]["targetCompleted"]["label"]
            if label in tests:
                yield label, "not built", 0, 1, 0


def main(events_path, status):
    with open(events_path) as file:
        events = [json.loads(line) for line in file]
    total_passed = total_failed = 0
    for label, outcome, passed, failed, skipped in sorted(results(events)):
        print(f"{label:40} {outcome:10} {passed:6} passed {failed:4} failed" + (f" {skipped:4} skipped" if skipped else ""))
        total_passed += passed
        total_failed += failed
    if status != 0 and total_failed == 0:
        print(f"bazel test: exit status {status}")
        total_failed = 1
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed else 0


sys.exit(main(sys.argv[1], int(sys.argv[2])))
