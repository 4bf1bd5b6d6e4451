# SPDX-License-Identifier: Apache-2.0
# What tools/lkmc and tools/test share: where things are, and how Bazel is called. To be sourced.
# shellcheck shell=bash
#
# Sets `root`, the project's folder, and `cache`, where everything that is built goes: a clone stays as it was.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# The user's cache folder, or one in /tmp if there is none that can be written.
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
cache=${cache:+$cache/lkmc}
if [ -z "$cache" ] || ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
  cache=/tmp/lkmc-cache-$(id -u)
  mkdir -m 700 "$cache" 2>/dev/null || true
  if [ ! -O "$cache" ]; then
    echo "lkmc: $cache belongs to somebody else; set XDG_CACHE_HOME to a folder of yours" >&2
    exit 2
  fi
fi

# The kernel tree that tests in C take functions from: what tools/setup --kernel-source has unpacked, if nothing else is said.
if [ -z "${LKMC_TREE:-}" ] && [ -d "$cache/linux" ]; then
  export LKMC_TREE=$cache/linux
fi

# project_bazel COMMAND ARG...: Bazel on this project. Leaves no links in the clone.
project_bazel() {
  (cd "$root" && exec bazel --output_user_root="$cache/bazel" "$1" --symlink_prefix=/ "${@:2}" </dev/null)
}
