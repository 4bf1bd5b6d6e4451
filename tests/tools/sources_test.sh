#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All source files name their licence, and are formatted (sources.py).
exec python3 "$1" "$(readlink -f "$2")"
