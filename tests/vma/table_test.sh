#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tables of verdicts in README.md and docs/vma.md are up to date (table_test.py).
exec python3 "$@"
