#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No version of the per-VMA lock overrides a function that is never called (self_calls.py).
exec python3 "$@"
