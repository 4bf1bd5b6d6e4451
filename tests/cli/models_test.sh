#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc models` lists the built-in models, and what it prints of one can be used as a file.
set -u
. "$(dirname "$0")/checks.sh"

expect 0 models
says out '^lkmm .*the default'
for model in lkmm lkmm-hw sc tso pso; do
  says out "^$model "
  "$lkmc" models --print "$model" >"$model.cat"
  expect 0 check --model "$model" sb.litmus
  grep -v '^Time' out >built_in
  expect 0 check --model "$model.cat" sb.litmus
  grep -v '^Time' out >from_file
  check "$model from a file" cmp -s built_in from_file
  expect 0 models
done

summary
