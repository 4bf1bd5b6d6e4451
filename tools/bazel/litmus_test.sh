#!/bin/sh
# What litmus_test.bzl runs: the path of lkmc, then its arguments.
lkmc=$1
shift
# Compiled files are kept for this run only.
XDG_CACHE_HOME=$TEST_TMPDIR exec "$lkmc" "$@"
