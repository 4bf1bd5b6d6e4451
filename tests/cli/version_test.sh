#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc --version` prints one line with the name and the version.
set -eu
version=$("$1" --version)
if ! [[ $version =~ ^lkmc\ [0-9]+(\.[0-9]+)+$ ]]; then
  echo "--version printed: $version"
  exit 1
fi
